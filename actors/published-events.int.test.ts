/** Process and component events on a real Kafka, as a reader that knows nothing of this project sees them. */
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { creation, openApi } from '../gateway/testing/api.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { until } from '../runtime/testing/until.ts'
import { openKafkaLog } from '../runtime/transport/kafka/kafka-log.ts'
import { servers, uniqueSystem } from '../scripts/servers/for-tests.ts'

const system = uniqueSystem()
const publishedEvents = {
  processTopic: `${system}-process`,
  componentTopic: `${system}-component`,
  alarmTopic: `${system}-alarms`,
}
const topics = Object.values(publishedEvents)

interface Read {
  readonly topic: string
  readonly partition: number
  readonly event: Readonly<Record<string, unknown>>
}

let api: Awaited<ReturnType<typeof openApi>>
const reader = new Kafka({ brokers: [...servers().kafkaBrokers], logLevel: logLevel.NOTHING }).consumer({
  groupId: `${system}-reader`,
})
const read: Read[] = []
beforeAll(async () => {
  api = await openApi({
    actors: { publishedEvents },
    topics: { [publishedEvents.processTopic]: 3, [publishedEvents.componentTopic]: 3, [publishedEvents.alarmTopic]: 3 },
    openLog: () =>
      openKafkaLog({
        brokers: servers().kafkaBrokers,
        clientId: 'test',
        prefix: system,
        sharedTopics: new Set(topics),
        sessionTimeoutMs: 6_000,
        clock: systemClock,
        warn: () => undefined,
      }),
  })
  await reader.connect()
  await reader.subscribe({ topics, fromBeginning: true })
  await reader.run({
    eachMessage: async ({ topic, partition, message }) => {
      read.push({ topic, partition, event: JSON.parse(String(message.value)) as Read['event'] })
    },
  })
}, 60_000)
afterAll(async () => {
  await reader.disconnect()
  await api.stop()
})

const on = (topic: string): readonly Read['event'][] => read.flatMap((one) => (one.topic === topic ? [one.event] : []))

test('an assembly that comes and goes, from the first event to the last, in order', async () => {
  const created = await api.done(await api.intent('createAssembly', creation('told')))
  const deleted = await api.done(await api.intent('deleteAssembly', { assemblyName: 'told' }))
  await until(() => on(publishedEvents.processTopic).length === 4)
  expect(
    on(publishedEvents.processTopic).map(({ processId, intentType, intent, processState }) => ({
      processId,
      intentType,
      intent,
      processState,
    })),
  ).toEqual(
    [
      { processId: created.id, intentType: 'CreateAssembly', intent: creation('told') },
      { processId: deleted.id, intentType: 'DeleteAssembly', intent: { assemblyName: 'told' } },
    ].flatMap((process) => ['In Progress', 'Completed'].map((processState) => ({ ...process, processState }))),
  )
  const ofRoot = (): readonly Read['event'][] =>
    on(publishedEvents.componentTopic).filter(({ resourceId }) => resourceId === undefined)
  await until(() => ofRoot().at(-1)?.['newState'] === null)
  const ofA = on(publishedEvents.componentTopic).filter(({ resourceName }) => resourceName === 'told__A')
  expect(ofA.map(({ previousState, newState }) => [previousState, newState])).toEqual([
    [null, 'Created'],
    ['Created', 'Installed'],
    ['Installed', 'Inactive'],
    ['Inactive', 'Active'],
    ['Active', 'Inactive'],
    ['Inactive', 'Created'],
    ['Created', null],
  ])
  for (const event of on(publishedEvents.componentTopic))
    expect(event).toMatchObject({ eventType: 'ComponentStateChangeEvent', rootAssemblyName: 'told' })
  // What concerns one root is in one partition, and so in order.
  for (const topic of [publishedEvents.processTopic, publishedEvents.componentTopic])
    expect(new Set(read.flatMap((one) => (one.topic === topic ? [one.partition] : []))).size).toBe(1)
})
