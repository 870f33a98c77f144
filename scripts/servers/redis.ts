/** A Redis of one's own: for tests and tools that kill, freeze and restart it. */
import { redisAnswers } from './answer.ts'
import { freePort } from './free-port.ts'
import { newFolder, startLocalServer } from './local-server.ts'
import type { LocalServer } from './local-server.ts'
import { obtainRedisProgram } from './redis-program.ts'
import { retryOnTakenPort } from './taken-port.ts'

export interface LocalRedis extends LocalServer {
  readonly url: string
  readonly host: string
  readonly port: number
}

export interface RedisOptions {
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

/** As this system wants a Redis to be. */
const SETTINGS = {
  appendonly: 'yes',
  appendfsync: 'everysec',
  'maxmemory-policy': 'noeviction',
  save: '',
  // Without it a Redis that listens at more than localhost refuses everybody who has no password.
  'protected-mode': 'no',
}

const START_TIMEOUT_MS = 15_000

/** Throws with the reason if there is no program to run, or with the end of its log if it doesn't answer in time. */
export const startRedis = async (options: RedisOptions = {}): Promise<LocalRedis> => {
  const { bind = '127.0.0.1' } = options
  const host = options.advertised ?? (bind === '0.0.0.0' ? '127.0.0.1' : bind)
  const probed = bind === '0.0.0.0' ? '127.0.0.1' : bind
  const program = await obtainRedisProgram()
  return retryOnTakenPort(options.port, async () => {
    const port = options.port ?? (await freePort(bind))
    const folder = newFolder('redis')
    const settings = { ...SETTINGS, ...options.settings, port: String(port), bind, dir: folder }
    const server = await startLocalServer(folder, {
      name: 'redis-server',
      command: program.command,
      args: [
        ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
        ...(options.extraArgs ?? []),
      ],
      env: program.env,
      answers: () => redisAnswers({ host: probed, port }),
      startTimeoutMs: START_TIMEOUT_MS,
    })
    return Object.assign(server, { url: `redis://${host}:${port}`, host, port })
  })
}
