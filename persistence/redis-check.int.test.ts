import { expect, test } from 'vitest'
import { checkRedis } from './redis-check.ts'
import type { RedisFindings } from './redis-check.ts'
import { connectRedis } from './redis-connection.ts'
import { startTestRedis, startTestRedisCluster } from './testing/redis-server.ts'

const findings = async (url: string, clockOffMs = 0): Promise<RedisFindings> => {
  const connection = connectRedis({ url })
  await connection.ready()
  try {
    return await checkRedis(connection, Date.now() + clockOffMs)
  } finally {
    await connection.close()
  }
}

test('a Redis as it must be', async () => {
  const redis = await startTestRedis()
  expect(await findings(redis.url)).toEqual({ problems: [], warnings: [] })
  await redis.dispose()
})

test('each setting that would lose data is a problem, with the command that sets it; the commands help', async () => {
  const redis = await startTestRedis({ appendonly: 'no', 'maxmemory-policy': 'allkeys-lru', appendfsync: 'no' })
  const { problems, warnings } = await findings(redis.url)
  expect(warnings).toEqual([])
  expect(problems).toHaveLength(3)
  const commands = problems.map((problem) => /CONFIG SET (\S+) (\S+)/.exec(problem)?.slice(1) ?? [])
  expect(commands).toEqual([
    ['maxmemory-policy', 'noeviction'],
    ['appendonly', 'yes'],
    ['appendfsync', 'everysec'],
  ])
  for (const problem of problems) expect(problem).toContain(`127.0.0.1:${redis.port}`)
  for (const command of commands) await redis.cli('config', 'set', ...command)
  expect(await findings(redis.url)).toEqual({ problems: [], warnings: [] })
  await redis.dispose()
})

test('a clock that differs is a warning, and far off a problem, in both directions', async () => {
  const redis = await startTestRedis()
  for (const [offMs, direction] of [
    [5_000, 'ahead of'],
    [-5_000, 'behind'],
  ] as const) {
    const { problems, warnings } = await findings(redis.url, offMs)
    expect(problems).toEqual([])
    expect(warnings).toEqual([expect.stringContaining(direction)])
  }
  expect((await findings(redis.url, 60_000)).problems).toEqual([expect.stringContaining('ahead of')])
  await redis.dispose()
})

test('a replica is a problem; a Redis that hides its settings is judged by what it shows', async () => {
  const redis = await startTestRedis()
  await redis.cli('acl', 'setuser', 'default', '-config')
  expect(await findings(redis.url)).toEqual({ problems: [], warnings: [expect.stringContaining('appendfsync')] })
  await redis.cli('replicaof', '127.0.0.1', '1')
  const connection = connectRedis({ url: redis.url })
  await connection.ready()
  expect((await checkRedis(connection, Date.now())).problems).toEqual([expect.stringContaining('is a replica')])
  await connection.close()
  await redis.dispose()
})

test('of a cluster, each primary is asked', { timeout: 60_000 }, async () => {
  const cluster = await startTestRedisCluster()
  expect(await findings(cluster.url)).toEqual({ problems: [], warnings: [] })
  const [, second] = cluster.nodes
  await second?.cli('config', 'set', 'maxmemory-policy', 'volatile-ttl')
  expect((await findings(cluster.url)).problems).toEqual([expect.stringContaining(`127.0.0.1:${second?.port}`)])
  await cluster.dispose()
})
