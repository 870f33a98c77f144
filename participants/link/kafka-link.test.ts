import { afterEach, describe, expect, it } from 'vitest'
import { RuntimeFault } from '../../runtime/fault.ts'
import type { Log } from '../../runtime/ports.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'
import type { Order, Report } from '../protocol/conversation.ts'
import { decodeText, encodeText, GENERATIONS, PARTICIPANT_TOPIC } from '../protocol/generation.ts'
import { askStatus, changeState, concept, IDENTITY } from '../testing/orders.ts'
import { type KafkaLinkParts, openKafkaLink, partitionOf } from './kafka-link.ts'
import { DEFAULT_TOPIC_LINK_CONFIG } from './config.ts'
import type { ParticipantLink } from './participant-link.ts'
import { TopicFeed } from './topic-feed.ts'

const { istanbul } = GENERATIONS
const clock = systemClock
const PARTITIONS = 3

const links: ParticipantLink[] = []
afterEach(async () => {
  for (const link of links.splice(0)) await link.close()
})

const world = async (log?: Partial<Log>, parts: Partial<KafkaLinkParts> = {}) => {
  const broker = new MemoryBroker({ clock, random: () => 0.5 })
  const client = broker.client()
  broker.ensureTopic(PARTICIPANT_TOPIC, PARTITIONS)
  const write = (value: Uint8Array, partition = 0) => client.append([{ topic: PARTICIPANT_TOPIC, partition, value }])
  const order = async (...orders: Order[]) => {
    for (const each of orders) for (const message of istanbul.encodeOrder(each)) await write(encodeText(message), 1)
  }
  await order(askStatus({ messageId: 'before its time' }))
  const passing: Partial<Log> = {
    ensureTopic: (...given) => client.ensureTopic(...given),
    bounds: (...given) => client.bounds(...given),
    append: (...given) => client.append(...given),
    read: (...given) => client.read(...given),
  }
  const warnings: string[] = []
  const link = await openKafkaLink({
    log: { ...passing, ...log } as Log,
    clock,
    identity: IDENTITY,
    warn: (text) => warnings.push(text),
    ...parts,
    config: { retry: { firstMs: 1, longestMs: 5 }, flushWaitMs: 50, ...parts.config },
  })
  links.push(link)
  const got: Order[] = []
  link.subscribe(
    (given) => got.push(given),
    () => true,
  )
  const reports = (partition: number): Report[] =>
    broker.records(PARTICIPANT_TOPIC, partition).flatMap(({ value }) => {
      const json = decodeText(value, 1_000_000)
      const read = json.kind === 'message' ? istanbul.decodeReport(json.message) : json
      return read.kind === 'message' ? [read.message] : []
    })
  return { broker, client, link, got, order, write, reports, warnings }
}

const register = (messageId: string): Report => ({ ...IDENTITY, type: 'register', messageId })

describe('a link over a topic', () => {
  it('hands on what is for its participant, from its start on, and counts the rest', async () => {
    const { link, got, order, write, warnings } = await world()
    const [mine, ofAnother] = [askStatus(), askStatus({ to: { ...IDENTITY, participantId: concept('Other') } })]
    await order(ofAnother, mine)
    await write(encodeText(istanbul.encodeReport(register('of another'))), 1)
    await write(Buffer.from('{"messageType":'), 1)
    await write(Buffer.from('[]'), 1)
    await order(changeState('PASSIVE', { messageId: 'last' }))
    await until(() => got.length === 2)
    expect(got[0]).toEqual(mine)
    expect(got[1]).toMatchObject({ type: 'change-state', messageId: 'last' })
    expect(link.stats()).toMatchObject({ received: 2, foreign: 2, malformed: 2 })
    expect(warnings).toHaveLength(2)
  })

  it('shares a feed with others: each gets what is for it, and goes on when another has closed', async () => {
    const broker = new MemoryBroker({ clock, random: () => 0.5 })
    const log = broker.client()
    broker.ensureTopic(PARTICIPANT_TOPIC, PARTITIONS)
    let reads = 0
    const counting = {
      ensureTopic: (topic: string, partitions: number) => log.ensureTopic(topic, partitions),
      bounds: (topic: string, partition: number) => log.bounds(topic, partition),
      read: (topic: string, partition: number, offset: number) => {
        reads++
        return log.read(topic, partition, offset)
      },
    }
    const config = DEFAULT_TOPIC_LINK_CONFIG
    const feed = await TopicFeed.open({ log: counting, clock, topic: PARTICIPANT_TOPIC, config, warn: () => undefined })
    const OTHER = { ...IDENTITY, participantId: concept('Other') }
    const [one, other] = await Promise.all(
      [IDENTITY, OTHER].map(async (identity) => {
        const link = await openKafkaLink({ log, clock, identity, feed })
        links.push(link)
        const got: (string | undefined)[] = []
        link.subscribe(
          ({ messageId }) => got.push(messageId),
          () => true,
        )
        return { link, got }
      }),
    )
    const order = async (given: Order): Promise<void> => {
      for (const message of istanbul.encodeOrder(given))
        await log.append([{ topic: PARTICIPANT_TOPIC, partition: 0, value: encodeText(message) }])
    }
    await order(askStatus({ messageId: 'to both', to: {} }))
    await order(askStatus({ messageId: 'to the other', to: OTHER }))
    await until(() => other?.got.length === 2)
    expect(one?.got).toEqual(['to both'])
    expect(one?.link.stats()).toMatchObject({ received: 1, foreign: 1 })
    await one?.link.close()
    await order(askStatus({ messageId: 'after one has closed', to: {} }))
    await until(() => other?.got.length === 3)
    expect(one?.got).toEqual(['to both'])
    expect(reads).toBe(PARTITIONS)
    await other?.link.close()
    await feed.close()
  })

  it('appends reports in order, those of a loop to one partition', async () => {
    const { link, reports } = await world()
    const loop = concept('Loop7')
    const changed = (message: string): Report => ({
      ...IDENTITY,
      type: 'elements-changed',
      loop,
      isKnownAlready: false,
      ok: true,
      message,
      results: [],
    })
    const messages = Array.from({ length: 100 }, (_, index) => `${index}`)
    await Promise.all(messages.map((message) => link.send(changed(message))))
    const found = reports(partitionOf(loop, PARTITIONS)).map((report) => 'message' in report && report.message)
    expect(found).toEqual(messages)
    await link.send(register('m'))
    expect(reports(partitionOf(IDENTITY.participantId, PARTITIONS)).at(-1)).toEqual(register('m'))
  })

  it('gets over an outage: what was to be sent is sent, what was to be heard is heard', async () => {
    const { client, link, got, order, reports, warnings } = await world()
    client.link.cut()
    const sent = link.send(register('during the outage'))
    await until(() => warnings.includes('reports will be appended again'))
    client.link.restore()
    await sent
    await order(askStatus({ messageId: 'afterwards' }))
    await until(() => got.some(({ messageId }) => messageId === 'afterwards'))
    expect(reports(partitionOf(IDENTITY.participantId, PARTITIONS))).toHaveLength(1)
  })

  it('waits for a log that does not answer yet, and goes on with one that lost records', async () => {
    let asked = 0
    const broken = (): never => {
      throw new RuntimeFault('unavailable', 'not yet')
    }
    const { broker, client, got, order, warnings } = await world({
      ensureTopic: async () => (++asked < 4 ? broken() : PARTITIONS),
    })
    expect(asked).toBe(4)
    expect(warnings).toEqual(['the topic of participants does not answer yet'])
    await order(askStatus({ messageId: 'one' }))
    await until(() => got.length === 1)
    await client.trim(PARTICIPANT_TOPIC, 1, broker.records(PARTICIPANT_TOPIC, 1).length)
    await order(askStatus({ messageId: 'two' }))
    await until(() => got.length === 2)
  })

  it('takes no report that cannot be written, once and for all', async () => {
    const { link } = await world()
    const report: Report = {
      ...IDENTITY,
      type: 'status',
      messageId: 'm',
      atMs: Number.NaN,
      state: 'ACTIVE',
      healthStatus: 'HEALTHY',
      loops: [],
    }
    await expect(link.send(report)).rejects.toMatchObject({ code: 'invalid-message' })
  })

  it('refuses what is too long, too much, or too late', async () => {
    const never = new Promise<void>(() => undefined)
    const { link } = await world({ append: () => never }, { config: { reportBytesMax: 400, reportsWaitingMax: 1 } })
    await expect(link.send(register('x'.repeat(400)))).rejects.toMatchObject({ code: 'limit-exceeded' })
    const waiting = link.send(register('a'))
    const refused = expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await expect(link.send(register('b'))).rejects.toMatchObject({ code: 'overloaded' })
    await link.close()
    await refused
    await expect(link.send(register('c'))).rejects.toMatchObject({ code: 'closed' })
  })
})
