/** A Redis of one's own: for tests and tools that kill, freeze and restart it. */
import { redisAnswers } from './answer.ts'
import { freePort } from './free-port.ts'
import { newFolder, startLocalServer } from './local-server.ts'
import type { LocalServer } from './local-server.ts'
import { obtainRedisProgram } from './redis-program.ts'
import { redisArgs } from './redis-settings.ts'
import { retryOnTakenPort } from './taken-port.ts'

export interface LocalRedis extends LocalServer {
  readonly url: string
  readonly host: string
  readonly port: number
}

export interface RedisOptions {
  /** Gets a line when something must be fetched first. Default: `console.log`. */
  readonly print?: (line: string) => void
  /** Address to listen at; `0.0.0.0` for all, so that a network namespace reaches it. Default `127.0.0.1`. */
  readonly bind?: string
  /** Host in `url`. Default: `bind`, or `127.0.0.1` if that means all. */
  readonly advertised?: string
  /** Settings of redis.conf, over those that this system asks for: `{ appendonly: 'no' }` gives a Redis that it refuses. */
  readonly settings?: Readonly<Record<string, string>>
  readonly extraArgs?: readonly string[]
  /** Default: a free one. */
  readonly port?: number
}

const START_TIMEOUT_MS = 15_000

/** Throws with the reason if there is no program to run, or with the end of its log if it doesn't answer in time. */
export const startRedis = async (options: RedisOptions = {}): Promise<LocalRedis> => {
  const { bind = '127.0.0.1' } = options
  const host = options.advertised ?? (bind === '0.0.0.0' ? '127.0.0.1' : bind)
  const probed = bind === '0.0.0.0' ? '127.0.0.1' : bind
  const program = await obtainRedisProgram(options.print)
  return retryOnTakenPort(options.port, async () => {
    const port = options.port ?? (await freePort(bind))
    const folder = newFolder('redis')
    const args = redisArgs({ ...options.settings, port: String(port), bind, dir: folder })
    const server = await startLocalServer(folder, {
      name: 'redis-server',
      command: program.command,
      args: [...args, ...(options.extraArgs ?? [])],
      env: program.env,
      answers: () => redisAnswers({ host: probed, port }),
      startTimeoutMs: START_TIMEOUT_MS,
    })
    return Object.assign(server, { url: `redis://${host}:${port}`, host, port })
  })
}
