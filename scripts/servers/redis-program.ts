/** What runs a Redis: `redis-server` from PATH, else Debian's, unpacked in the cache without being installed. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fetchDebianRedis } from './redis-debian.ts'
import type { RedisProgram } from './redis-debian.ts'

const run = promisify(execFile)

const REDIS_VERSION_MIN = 7

/** `Redis server v=7.0.15 sha=…` → 7; undefined if it isn't in there. */
export const redisVersion = (text: string): number | undefined => {
  const match = /v=(\d+)\./.exec(text)
  return match ? Number(match[1]) : undefined
}

/** The reason why it can't be used, or undefined. */
const problemOf = async ({ command, env }: RedisProgram): Promise<string | undefined> => {
  try {
    const { stdout } = await run(command, ['--version'], { env: { ...process.env, ...env } })
    const version = redisVersion(stdout)
    if (version !== undefined && version >= REDIS_VERSION_MIN) return undefined
    return `\`${command}\` is version ${version ?? 'unknown'}, ${REDIS_VERSION_MIN} or newer is needed`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `no \`${command}\` on PATH`
    return `\`${command}\` does not run: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Throws with all that was tried. */
export const obtainRedisProgram = async (print: (line: string) => void = console.log): Promise<RedisProgram> => {
  const installed: RedisProgram = { command: 'redis-server', env: {} }
  const problem = await problemOf(installed)
  if (problem === undefined) return installed
  try {
    const fetched = await fetchDebianRedis(print)
    const fetchedProblem = await problemOf(fetched)
    if (fetchedProblem !== undefined) throw new Error(fetchedProblem)
    return fetched
  } catch (error) {
    throw new Error(`${problem}; from Debian: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}
