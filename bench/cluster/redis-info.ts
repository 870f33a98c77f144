/** What Redis says of itself. */
import type { RedisConnection } from '../../persistence/redis-connection.ts'
import { until } from '../../runtime/testing/until.ts'

export interface RedisUse {
  readonly usedBytes: number
  readonly aofBytes: number
  /** Since it was started, the kernel's part included. */
  readonly cpuSeconds: number
  readonly sentBytes: number
  /** Calls by command since it was started; those that scripts make are among them. */
  readonly calls: Readonly<Record<string, number>>
}

/** The lines `name:value` of an answer to INFO. */
export const infoFields = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\r\n').flatMap((line): [string, string][] => {
      const at = line.indexOf(':')
      return at < 0 || line.startsWith('#') ? [] : [[line.slice(0, at), line.slice(at + 1)]]
    }),
  )

export const useOf = (fields: ReadonlyMap<string, string>): RedisUse => {
  const number = (name: string): number => Number(fields.get(name) ?? 0)
  const calls: Record<string, number> = {}
  for (const [name, value] of fields) {
    const command = /^cmdstat_(.+)$/.exec(name)?.[1]
    if (command !== undefined) calls[command] = Number(/calls=(\d+)/.exec(value)?.[1] ?? 0)
  }
  return {
    usedBytes: number('used_memory'),
    aofBytes: number('aof_current_size'),
    cpuSeconds: number('used_cpu_user') + number('used_cpu_sys'),
    sentBytes: number('total_net_output_bytes'),
    calls,
  }
}

const info = async (redis: RedisConnection): Promise<ReadonlyMap<string, string>> =>
  infoFields(String(await redis.call('info', ['all'])))

export const redisUse = async (redis: RedisConnection): Promise<RedisUse> => useOf(await info(redis))

/** How much more each command was called, those that were. */
export const callsBetween = (before: RedisUse, after: RedisUse): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(after.calls)
      .map(([name, count]) => [name, count - (before.calls[name] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  )

/** Writes the append-only file anew, as Redis does by itself when it has doubled. */
export const rewriteAof = async (redis: RedisConnection, deadlineMs: number): Promise<void> => {
  await until(async () => (await info(redis)).get('aof_rewrite_in_progress') === '0', deadlineMs)
  await redis.call('bgrewriteaof', [])
  await until(async () => {
    const fields = await info(redis)
    return fields.get('aof_rewrite_in_progress') === '0' && fields.get('aof_rewrite_scheduled') === '0'
  }, deadlineMs)
}
