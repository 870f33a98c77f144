/** Whether a Redis can be trusted with a system: each finding says what is, what must be, and the command that sets it. */
import type { RedisConnection } from './redis-connection.ts'

export interface RedisFindings {
  /** With any of these a node must not run. */
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

/** Scripts with flags came with version 7. */
const VERSION_MIN = 7
/** Timers and time stamps of nodes mean little beyond this. */
const CLOCK_WARNING_MS = 1_000
const CLOCK_PROBLEM_MS = 30_000

type Answers = ReadonlyMap<string, unknown>

const textOf = (value: unknown): string => (Buffer.isBuffer(value) ? value.toString() : String(value))

/** Value of a line `name:value` of INFO. */
const lineOf = (info: unknown, name: string): string =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(textOf(info))?.[1] ?? ''

/** `CONFIG GET`, which some providers don't allow: then undefined. */
const settingOf = async (connection: RedisConnection, name: string): Promise<Answers | undefined> => {
  try {
    const answers = await connection.onPrimaries('config', ['GET', name])
    return new Map([...answers].map(([address, pair]) => [address, textOf((pair as unknown[])[1] ?? '')]))
  } catch {
    return undefined
  }
}

const versionProblems = (infos: Answers): string[] =>
  [...infos].flatMap(([address, info]) => {
    const version = lineOf(info, 'redis_version')
    return Number.parseInt(version, 10) >= VERSION_MIN
      ? []
      : [
          `Redis ${address} is version ${version || 'unknown'}; it must be ${VERSION_MIN}.0 or newer: install a newer server`,
        ]
  })

const primaryProblems = (infos: Answers): string[] =>
  [...infos].flatMap(([address, info]) =>
    lineOf(info, 'role') === 'slave'
      ? [`Redis ${address} is a replica; it must be a primary: use the primary’s address, or REPLICAOF NO ONE there`]
      : [],
  )

const evictionProblems = (policies: Answers): string[] =>
  [...policies].flatMap(([address, policy]) =>
    policy === 'noeviction'
      ? []
      : [
          `Redis ${address} has maxmemory-policy ${textOf(policy)}: it would forget actors when its memory is used up; ` +
            'it must be noeviction: CONFIG SET maxmemory-policy noeviction (and in redis.conf)',
        ],
  )

const fileProblems = (infos: Answers): string[] =>
  [...infos].flatMap(([address, info]) =>
    lineOf(info, 'aof_enabled') === '1'
      ? []
      : [
          `Redis ${address} has appendonly no: a restart would lose what was committed; ` +
            'it must be yes: CONFIG SET appendonly yes (and in redis.conf)',
        ],
  )

const syncProblems = (values: Answers): string[] =>
  [...values].flatMap(([address, value]) =>
    value === 'no'
      ? [
          `Redis ${address} has appendfsync no: a power cut would lose up to half a minute; ` +
            'it must be everysec (the log repairs that) or always: CONFIG SET appendfsync everysec (and in redis.conf)',
        ]
      : [],
  )

const clockFindings = (
  times: Answers,
  beforeMs: number,
  afterMs: number,
): { problems: string[]; warnings: string[] } => {
  const found = { problems: [] as string[], warnings: [] as string[] }
  for (const [address, time] of times) {
    const [seconds, micros] = (time as unknown[]).map((part) => Number(textOf(part)))
    const theirsMs = (seconds ?? 0) * 1_000 + (micros ?? 0) / 1_000
    // Within the time that the question took, any difference may be the network's.
    const aheadMs = theirsMs < beforeMs ? beforeMs - theirsMs : theirsMs > afterMs ? afterMs - theirsMs : 0
    const offMs = Math.round(Math.abs(aheadMs))
    if (offMs < CLOCK_WARNING_MS) continue
    const text =
      `this machine’s clock is ${offMs} ms ${aheadMs > 0 ? 'ahead of' : 'behind'} that of Redis ${address}; ` +
      `it must be within ${CLOCK_WARNING_MS} ms: synchronize both (timedatectl set-ntp true)`
    ;(offMs >= CLOCK_PROBLEM_MS ? found.problems : found.warnings).push(text)
  }
  return found
}

/**
 * Asks every primary. `nowMs`: this machine's clock when the call is made.
 * @throws {RuntimeFault} `unavailable` if one of them can't be asked
 */
export const checkRedis = async (connection: RedisConnection, nowMs: number): Promise<RedisFindings> => {
  const started = performance.now()
  const times = await connection.onPrimaries('time', [])
  const clock = clockFindings(times, nowMs, nowMs + performance.now() - started)
  const infos = await connection.onPrimaries('info', [])
  const policies = await settingOf(connection, 'maxmemory-policy')
  const syncs = await settingOf(connection, 'appendfsync')
  const problems = [
    ...versionProblems(infos),
    ...primaryProblems(infos),
    // INFO tells the policy, too, where CONFIG isn't allowed.
    ...evictionProblems(
      policies ?? new Map([...infos].map(([address, info]) => [address, lineOf(info, 'maxmemory_policy')])),
    ),
    ...fileProblems(infos),
    ...syncProblems(syncs ?? new Map()),
    ...clock.problems,
  ]
  const warnings = [...clock.warnings]
  if (syncs === undefined)
    warnings.push(
      `Redis ${connection.address} doesn’t tell its appendfsync (CONFIG GET is refused); it must be everysec or always`,
    )
  return { problems, warnings }
}
