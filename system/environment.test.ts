import { expect, it } from 'vitest'
import { ConfigError } from '../runtime/settings.ts'
import { isCluster, readEnvironment } from './environment.ts'

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readEnvironment(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}
const CLUSTER = { HOMEOSTAT_REDIS_URL: 'redis://127.0.0.1:6379', HOMEOSTAT_KAFKA_BROKERS: '127.0.0.1:9092' }

it('is a node on its own without Redis and Kafka, and one of a cluster with both', () => {
  expect(isCluster(readEnvironment({}))).toBe(false)
  const settings = readEnvironment({ ...CLUSTER, HOMEOSTAT_ROLES: 'worker, driver', HOMEOSTAT_NODE: 'w-1' })
  expect(isCluster(settings)).toBe(true)
  expect(settings.system).toMatchObject({ roles: ['worker', 'driver'], node: 'w-1' })
})

it('names every wrong setting of every group at once', () => {
  const problems = problemsOf({ HOMEOSTAT_PORT: 'x', HOMEOSTAT_SHARDS: '0', HOMEOSTAT_ROLES: 'gateway,wroker' })
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'HOMEOSTAT_ROLES',
    'HOMEOSTAT_PORT',
    'HOMEOSTAT_SHARDS',
  ])
  expect(problems[0]).toContain('"wroker" is not a role; roles are gateway, worker, driver, participant')
})

it('refuses settings that contradict each other, and says what would be right', () => {
  expect(problemsOf({ HOMEOSTAT_REDIS_URL: CLUSTER.HOMEOSTAT_REDIS_URL })[0]).toContain('belong together')
  expect(problemsOf({ HOMEOSTAT_ROLES: 'gateway' })[0]).toContain('worker, driver missing')
  expect(problemsOf({ HOMEOSTAT_DRIVERS: 'simulator=http://127.0.0.1:8290' })[0]).toContain('events on Kafka')
  expect(problemsOf({ HOMEOSTAT_HOST: '0.0.0.0' })[0]).toContain('HOMEOSTAT_EXPOSE=on')
})
