/** Values that the chart refuses, each with what would be right. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Chart, CHART, openChart } from './testing/chart.ts'

let chart: Chart
beforeAll(() => {
  chart = openChart()
}, 60_000)
afterAll(() => chart.close())

test.each<[string, unknown, RegExp]>([
  [
    'a maximum below the minimum',
    { roles: { gateway: { load: 4, redundant: 2, max: 5 } } },
    /roles\.gateway\.max is 5, but 4 for the load and 2 redundant make 6 instances at the least: set max to 6 or more/,
  ],
  [
    'more workers than shards',
    { shards: 4, roles: { worker: { max: 8 } } },
    /roles\.worker\.max is 8, but there are 4 shards .* set max to 4 or less/,
  ],
  ['no Redis', { redis: { url: '' } }, /redis: set redis\.url .* or redis\.existingSecret\.name/],
  ['two of Redis', { redis: { existingSecret: { name: 'mine' } } }, /url and existingSecret\.name are both set/],
  ['no Kafka', { kafka: { brokers: [] } }, /kafka\.brokers: name at least one/],
  ['a mechanism without secret', { kafka: { sasl: { mechanism: 'plain' } } }, /needs existingSecret\.name/],
  ['a secret without mechanism', { kafka: { sasl: { existingSecret: { name: 'x' } } } }, /but no mechanism/],
  [
    'a setting that the chart makes',
    { settings: { HOMEOSTAT_ROLES: 'worker' } },
    /settings\.HOMEOSTAT_ROLES: the chart sets it from other values/,
  ],
  [
    'a second simulator',
    { simulator: { enabled: true }, drivers: { simulator: 'http://mine:8290' } },
    /drivers\.simulator: the chart sets it when simulator\.enabled is true/,
  ],
  [
    'a participant twice',
    {
      participants: {
        run: { a: 'simulator=Sim0:1.0.0/org.example.Type:1.0.0', b: 'http=Sim0:1.0.0/org.example.Other:1.0.0' },
      },
    },
    /participants\.run: a and b are both Sim0:1\.0\.0, which would carry out its orders twice/,
  ],
  [
    'a participant of a kind that does not exist',
    { participants: { run: { a: 'magic=Sim0:1.0.0/org.example.Type:1.0.0' } } },
    /'\/participants\/run\/a': 'magic=Sim0:1\.0\.0\/org\.example\.Type:1\.0\.0' does not match pattern/,
  ],
  [
    'no role at all',
    { roles: { gateway: { enabled: false }, worker: { enabled: false }, driver: { enabled: false } } },
    /roles: none is enabled: enable gateway, worker and driver/,
  ],
  ['a role that does not exist', { roles: { gatway: { load: 1 } } }, /'\/roles': .*'gatway' not allowed/],
  ['no instance', { roles: { gateway: { load: 0 } } }, /'\/roles\/gateway\/load': minimum: got 0, want 1/],
  [
    'a role without a CPU request',
    { roles: { worker: { resources: { requests: { cpu: null } } } } },
    /'\/roles\/worker\/resources\/requests': missing property 'cpu'/,
  ],
  [
    'a mechanism that nobody knows',
    { kafka: { sasl: { mechanism: 'md5' } } },
    /'\/kafka\/sasl\/mechanism': value must be one of '', 'plain', 'scram-sha-256', 'scram-sha-512'/,
  ],
  ['a broker without port', { kafka: { brokers: ['kafka'] } }, /'\/kafka\/brokers\/0': 'kafka' does not match pattern/],
  [
    'a truth value as setting',
    { settings: { HOMEOSTAT_SYNC: true } },
    /HOMEOSTAT_SYNC': got boolean, want number or string/,
  ],
  ['too little time to hand over', { drain: { handOverSeconds: 5 } }, /handOverSeconds': minimum: got 5, want 30/],
])('%s', async (_what, changes, message) => {
  const { status, stderr, stdout } = await chart.template('minimal', changes)
  expect(stderr).toMatch(message)
  expect(stdout).toBe('')
  expect(status).not.toBe(0)
})

test('all that does not fit together is named at once', async () => {
  const { stderr } = await chart.tools.helm('template', 'prod', CHART, '--set', 'roles.driver.max=1')
  expect(stderr).toMatch(/roles\.driver\.max is 1/)
  expect(stderr).toMatch(/redis: set redis\.url/)
  expect(stderr).toMatch(/kafka\.brokers: name at least one/)
})
