/** Metrics as monitoring publishes them to a real Kafka, and the heal that follows from them. */
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servers, uniqueSystem } from '../../scripts/servers/for-tests.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import { type KafkaLog, openKafkaLog } from '../../runtime/transport/kafka/kafka-log.ts'
import { creation, find, openApi, type ProcessBody, type Tree } from '../testing/api.ts'
import { startMetricsIntake } from './metrics-intake.ts'

const system = uniqueSystem()
const topics = { integrity: `${system}-integrity`, load: `${system}-load` }
const kafka = new Kafka({ brokers: [...servers().kafkaBrokers], logLevel: logLevel.NOTHING })
const producer = kafka.producer()

let api: Awaited<ReturnType<typeof openApi>>
let log: KafkaLog
beforeAll(async () => {
  api = await openApi()
  log = await openKafkaLog({
    brokers: servers().kafkaBrokers,
    clientId: 'test',
    prefix: system,
    sharedTopics: new Set(Object.values(topics)),
    sessionTimeoutMs: 6_000,
    clock: systemClock,
    warn: () => undefined,
  })
  await producer.connect()
})
afterAll(async () => {
  await producer.disconnect()
  await log.close()
  await api.stop()
})

test('three breaches in a row heal the component; what is not of here is passed over', async () => {
  await api.done(await api.intent('createAssembly', creation('watched')))
  const [tree] = await api.get<Tree[]>('/api/topology/assemblies?name=watched')
  const id = (tree && find(tree, '__A')?.id) ?? ''
  const { client, queries, clock } = api.system().parts
  const intake = await startMetricsIntake({ log, clock, client, queries, topics, warn: () => undefined })
  const publish = (topic: string, message: object) =>
    producer.send({ topic, messages: [{ key: `${id}.h_integrity`, value: JSON.stringify(message) }] })
  const breach = { metricKey: id, metricName: 'h_integrity', metricId: `${id}.h_integrity`, integrity: 'BROKEN' }

  await publish(topics.load, { metricKey: 'watched__B__1', metricName: 'h_load', load: 76, message: null })
  await publish(topics.integrity, { metricKey: 'of-another-system', integrity: 'OK' })
  await publish(topics.integrity, { metricKey: id, integrity: 'MAYBE' })
  for (const integrity of ['BROKEN', 'BROKEN', 'OK', 'BROKEN', 'BROKEN'])
    await publish(topics.integrity, { ...breach, integrity })
  await until(() => intake.stats().told === 6)
  const heals = async (): Promise<ProcessBody[]> =>
    (await api.get<ProcessBody[]>('/api/processes?assemblyName=watched')).filter(
      ({ intentType }) => intentType === 'HealAssembly',
    )
  expect(await heals()).toEqual([])
  await publish(topics.integrity, breach)
  await until(async () => (await heals())[0]?.status === 'Completed')
  expect(intake.stats()).toMatchObject({ told: 7, unknown: 1, malformed: 1, failed: 0 })
  await intake.close()
})
