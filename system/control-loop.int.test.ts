/**
 * Control loops on three nodes over real Redis and Kafka, with participants in processes of their own, while nodes and participants are
 * killed at the worst moments: every order that was accepted is carried out, once, and no operator has to look after it.
 */
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pass } from '../actors/testing/kill-run.ts'
import { conceptText } from '../participants/protocol/concept.ts'
import { seeded } from '../runtime/testing/manual-clock.ts'
import { until } from '../runtime/testing/until.ts'
import { servers } from '../scripts/servers/for-tests.ts'
import type { NodeProcess } from './node-process.ts'
import { type LoopCluster, namesInShard, type OrderedState, startLoopCluster } from './testing/loop-cluster.ts'
import { greenhouse, type LoopKind, pmsh, shed } from './testing/loop-kinds.ts'
import type { Deed } from './testing/recording-participant.ts'

const SEED = Number(process.env['HOMEOSTAT_TEST_SEED'] ?? Date.now() % 1_000_000)
/** Of an element's change of state: long enough for a kill to fall into it. */
const DELAY_MS = 1_500
/** A participant that was silent for so long is asked how it is. */
const SILENCE_MS = 4_000
/** All loops that nodes are killed for live in one shard, so that its owner is the one to kill. */
const SHARD = 5
const CROWD = 10

let cluster: LoopCluster
let roof: NodeProcess | undefined
const real = pmsh()

beforeAll(async () => {
  cluster = await startLoopCluster(DELAY_MS, { HOMEOSTAT_PARTICIPANT_SILENCE_MS: String(SILENCE_MS) })
  const [own] = await Promise.all([cluster.open(greenhouse), real && cluster.open(real)])
  roof = own[0]
}, 120_000)
afterAll(() => cluster.close(), 60_000)

let numbers = 0
const made = async (kind: LoopKind, names: readonly string[]) => {
  const loops = names.map((name) => kind.loop(name, ++numbers))
  await cluster.create(loops)
  return loops
}

type Kill = 'while orders are accepted' | 'before a participant is told'

const TRANSITIONS: readonly (readonly [OrderedState, Deed['operation'], Kill])[] = [
  ['PASSIVE', 'instantiate', 'while orders are accepted'],
  ['RUNNING', 'run', 'before a participant is told'],
  ['PASSIVE', 'passivate', 'while orders are accepted'],
  ['UNINITIALISED', 'uninstantiate', 'before a participant is told'],
]

/** Kafka's topic of the participants, which can be made to take nothing for a while. */
const participantsTopic = async (topic: string) => {
  const kafka = new Kafka({ brokers: [...servers().kafkaBrokers], logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer({ retry: { retries: 0 } })]
  await Promise.all([admin.connect(), producer.connect()])
  const configure = async (configEntries: { name: string; value: string }[]): Promise<void> => {
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }]
    await admin.alterConfigs({ validateOnly: false, resources })
  }
  const say = (message: object): Promise<boolean> =>
    producer.send({ topic, messages: [{ value: JSON.stringify(message) }] }).then(
      () => true,
      () => false,
    )
  const isTaken = () => say({ messageType: 'IS_THIS_TAKEN' })
  return {
    say,
    refuseAll: async () => {
      // Whatever it is, it is too long.
      await configure([{ name: 'max.message.bytes', value: '1' }])
      await until(async () => !(await isTaken()))
    },
    acceptAll: async () => {
      await configure([])
      await until(isTaken)
    },
    /** All that was ever said on it. */
    records: async () => (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([admin.disconnect(), producer.disconnect()])
    },
  }
}

describe('nodes that are killed', () => {
  it(`in each transition, and when they have just accepted orders: all are carried out, once (seed ${SEED})`, async () => {
    await using topic = await participantsTopic(cluster.topic)
    const random = seeded(SEED)
    const names = namesInShard(SHARD, 'on-its-way', 2)
    const loops = [...(await made(greenhouse, names.slice(0, 1))), ...(real ? await made(real, names.slice(1)) : [])]
    const onTheirWay = loops.map(({ name }) => name)
    const elementsOnTheirWay = loops.flatMap(({ elements }) => Object.keys(elements)).length
    const crowd = namesInShard(SHARD, 'just-accepted', CROWD)
    loops.push(...(await made(greenhouse, crowd)))

    /** @returns when it is dead, what comes then */
    const orderAndKill = async (state: OrderedState, owner: NodeProcess, gateway: string | undefined, kill: Kill) => {
      if (kill === 'before a participant is told') {
        await topic.refuseAll()
        const before = await topic.records()
        const answers = await Promise.all(crowd.map((name) => cluster.order(state, [name], gateway)))
        await owner.kill()
        return async () => {
          expect(answers.map(({ status }) => status)).toEqual(crowd.map(() => 202))
          expect(await topic.records()).toBe(before)
          await topic.acceptAll()
        }
      }
      const answers = crowd.map(async (name, index) => {
        await pass(index * 4)
        await cluster.ok(cluster.order(state, [name], gateway), 202)
      })
      await Promise.any(answers)
      await pass(random() * 50)
      await owner.kill()
      return async () => {
        await Promise.allSettled(answers)
        // Those that got no answer may have been lost, and are ordered again; the others are not.
        await cluster.orderUntilAccepted(state, crowd)
      }
    }

    for (const [state, operation, kill] of TRANSITIONS) {
      await cluster.settled()
      const owner = await cluster.ownerOf(SHARD)
      const gateway = [...cluster.cluster.nodes.values()].find((node) => node !== owner)?.url
      const deeds = () =>
        cluster.deeds().filter((deed) => deed.operation === operation && onTheirWay.includes(deed.loop))
      await cluster.ok(cluster.order(state, onTheirWay, gateway), 202)
      const areOnTheirWay = async () => onTheirWay.every((name) => deeds().some(({ loop }) => loop === name))
      await cluster.eventually('participants have begun', areOnTheirWay, 10_000)
      const goOn = await orderAndKill(state, owner, gateway, kill)
      // Otherwise it would have shown nothing.
      expect(deeds().filter(({ is }) => is === 'done').length).toBeLessThan(elementsOnTheirWay)
      owner.spawn()
      await goOn()
      await cluster.reach(state, [...onTheirWay, ...crowd])
      await owner.up()
    }

    const operations = TRANSITIONS.map(([, operation]) => operation)
    const deeds = Map.groupBy(cluster.deeds(), ({ elementId, is }) => `${elementId} ${is}`)
    for (const { elements } of loops)
      for (const { id } of Object.values(elements))
        for (const what of [`${id} begun`, `${id} done`])
          expect([what, deeds.get(what)?.map(({ operation }) => operation)]).toEqual([what, operations])
    // Nothing had to be found out by a deadline, and nobody had to look after it.
    for (const { name } of loops) expect([name, await cluster.repetitions(name)]).toEqual([name, 0])
    expect(await cluster.alarms()).toEqual([])
    for (const { name } of loops) {
      await cluster.ok(cluster.remove(name))
      expect((await cluster.remove(name)).status).toBe(404)
      expect((await cluster.ask(`/api/runtime/control-loops/${name}/1.0.0`)).status).toBe(404)
    }
  }, 180_000)
})

// They have nothing to do with each other, and mostly wait.
describe.concurrent('participants', () => {
  it('that are killed when they were just sent orders for 20 loops, and start again: all 20 arrive', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `killed-${index}`)
    const loops = await made(greenhouse, names)
    const windows = new Set(loops.flatMap(({ elements }) => Object.keys(elements).slice(1)))
    const begun = () =>
      cluster
        .deeds()
        .filter(
          ({ elementId, operation, is }) => windows.has(elementId) && operation === 'instantiate' && is === 'begun',
        )
    await cluster.ok(cluster.order('PASSIVE', names), 202)
    await until(() => begun().length === windows.size)
    await roof?.kill()
    const done = cluster.deeds().filter(({ elementId, is }) => windows.has(elementId) && is === 'done')
    expect(done.length).toBeLessThan(windows.size)
    roof?.spawn()
    await cluster.reach('PASSIVE', names)
    await cluster.ok(cluster.order('RUNNING', names), 202)
    await cluster.reach('RUNNING', names)
    expect(begun()).toHaveLength(2 * windows.size)
    expect(await cluster.alarms()).toEqual([])
  }, 90_000)

  it('that somebody else wrote take a loop through its life, and are brought back to where it is when they start anew', async () => {
    const [identity] = shed.participants
    if (!identity) throw new Error('nobody carries it')
    await using topic = await participantsTopic(cluster.topic)
    const plain = cluster.program('participants/testing/plain-participant.ts', {
      BROKERS: servers().kafkaBrokers.join(','),
      TOPIC: cluster.topic,
      PARTICIPANT: conceptText(identity.participantId),
      PARTICIPANT_TYPE: conceptText(identity.participantType),
      DELAY_MS: '200',
    })
    // It is there first, and what it is for comes later.
    await until(() => plain.output.includes('registered'), 15_000)
    await cluster.ok(
      cluster.ask('/onap/controlloop/v2/commission', {
        method: 'POST',
        body: shed.template,
        headers: { 'content-type': 'application/yaml' },
      }),
    )
    await cluster.eventually('it knows what is commissioned', () => cluster.isReady(identity), 15_000)
    const [loop] = await made(shed, ['by-others'])
    const ids = Object.keys(loop?.elements ?? {})
    const did = (state: OrderedState) => () =>
      ids.every((id) => plain.output.includes(JSON.stringify({ did: state, element: id })))
    const startsAnew = async (): Promise<void> => {
      await plain.kill()
      plain.spawn()
    }
    const go = async (state: OrderedState): Promise<void> => {
      await cluster.ok(cluster.order(state, ['by-others']), 202)
      await cluster.reach(state, ['by-others'])
      expect(did(state)()).toBe(true)
    }

    await go('PASSIVE')
    await startsAnew()
    await until(did('PASSIVE'), 15_000)
    await cluster.reach('PASSIVE', ['by-others'])
    await go('RUNNING')
    await startsAnew()
    await until(did('RUNNING'), 15_000)
    await cluster.reach('RUNNING', ['by-others'])
    // Its own reports are a minute apart, which is too long for this cluster.
    await until(() => plain.output.includes('"asked":"PARTICIPANT_STATUS_REQ"'), 3 * SILENCE_MS)
    const isHealthy = async () => (await cluster.participant(identity)).healthStatus === 'HEALTHY'
    await cluster.eventually('it has answered', isHealthy, 5_000)
    await topic.say({
      messageType: 'PARTICIPANT_HEALTH_CHECK',
      messageId: 'm-1',
      participantType: identity.participantType,
    })
    await until(() => plain.output.includes('"asked":"PARTICIPANT_HEALTH_CHECK"'))
    await go('PASSIVE')
    await go('UNINITIALISED')
    await cluster.ok(cluster.remove('by-others'))
    expect(await cluster.alarms()).toEqual([])
    expect(await plain.stop()).toBe(0)
    const isGone = async () => (await cluster.participant(identity)).registration === 'Deregistered'
    await cluster.eventually('it has said good-bye', isGone, 5_000)
  }, 90_000)
})
