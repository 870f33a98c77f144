/**
 * A participant as somebody else writes one: from the description of ONAP's protocol (release Istanbul) alone, in plain Node with a
 * Kafka client, and nothing of this project. It keeps to what the original does where that is less than one would like: its
 * answers don't say which order they answer, it overlooks start phases when states change, says "already defined" to a loop that
 * it has, nothing at all about one that it hasn't, and forgets everything when it ends.
 *
 *   BROKERS=localhost:9092 TOPIC=POLICY-CLRUNTIME-PARTICIPANT PARTICIPANT=Plain0:1.0.0 PARTICIPANT_TYPE=org.example.Plain:1.0.0 \
 *     node participants/testing/plain-participant.ts
 *
 * DELAY_MS: how long a change of state takes. REPORT_EVERY_MS: between two reports. What it does it prints, as lines of JSON.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'

interface Identifier {
  readonly name: string
  readonly version: string
}
type State = 'UNINITIALISED' | 'PASSIVE' | 'RUNNING'
interface WireElement {
  readonly id: string
  readonly definition: Identifier
  readonly participantId?: Identifier
}
/** The fields of all orders; each has some of them. */
interface Incoming {
  readonly messageType?: string
  readonly messageId?: string
  readonly responseTo?: string
  readonly participantType?: Identifier
  readonly participantId?: Identifier
  readonly controlLoopId?: Identifier
  readonly orderedState?: State
  readonly participantUpdatesList?: readonly {
    readonly participantId: Identifier
    readonly controlLoopElementList?: readonly WireElement[]
  }[]
  readonly participantDefinitionUpdates?: readonly {
    readonly participantType: Identifier
    readonly controlLoopElementDefinitionList?: readonly { readonly clElementDefinitionId: Identifier }[]
  }[]
}
interface Element {
  readonly id: string
  state: State
  sinceMs: number
}
interface Loop {
  readonly id: Identifier
  readonly elements: Map<string, Element>
}

const { env } = process
const textOf = ({ name, version }: Identifier): string => `${name}:${version}`
const identifier = (variable: string): Identifier => {
  const [name, version] = (env[variable] ?? '').split(':')
  if (name === undefined || version === undefined) throw new Error(`${variable} must be <name>:<version>`)
  return { name, version }
}
const isSame = (one: Identifier, other: Identifier): boolean => textOf(one) === textOf(other)
const print = (what: object): void => console.log(JSON.stringify(what))

const topic = env['TOPIC'] ?? 'POLICY-CLRUNTIME-PARTICIPANT'
const participantId = identifier('PARTICIPANT')
const participantType = identifier('PARTICIPANT_TYPE')
const delayMs = Number(env['DELAY_MS'] ?? 0)
const reportEveryMs = Number(env['REPORT_EVERY_MS'] ?? 60_000)
/** The original registers once; one that starts before its runtime would then never be known. */
const REGISTER_EVERY_MS = 2_000
const DEREGISTER_WAIT_MS = 5_000
const PARTICIPANT_STATE = 'PASSIVE'

const kafka = new Kafka({
  clientId: textOf(participantId),
  brokers: (env['BROKERS'] ?? 'localhost:9092').split(','),
  logLevel: logLevel.NOTHING,
})
const producer = kafka.producer()
// Everybody reads everything: a group of its own.
const consumer = kafka.consumer({ groupId: `${participantId.name}-${randomUUID()}` })

const startedAtMs = Date.now()
const definitions = new Map<string, Identifier>()
const loops = new Map<string, Loop>()
/** What is under way of a loop: one order after the other. */
const works = new Map<string, Promise<void>>()
const asked = new Set<string>()
let changes = 0
let isRegistered = false
let isGone = (): void => undefined

const say = async (messageType: string, fields: object): Promise<void> => {
  const value = JSON.stringify({ messageType, participantType, participantId, ...fields })
  await producer.send({ topic, messages: [{ key: textOf(participantId), value }] })
}
const head = (): object => ({ messageId: randomUUID(), timestamp: new Date().toISOString() })

const register = async (): Promise<void> => {
  while (!isRegistered) {
    const messageId = randomUUID()
    asked.add(messageId)
    await say('PARTICIPANT_REGISTER', { messageId, timestamp: new Date().toISOString() })
    await sleep(REGISTER_EVERY_MS)
  }
}

const statusOf = ({ id, elements }: Loop): object => {
  const timeStamp = new Date().toISOString()
  const clElementStatistics = [...elements.values()].map(({ id: elementId, state, sinceMs }) => ({
    id: elementId,
    participantId,
    timeStamp,
    controlLoopState: state,
    clElementUptime: Date.now() - sinceMs,
  }))
  const [first] = elements.values()
  return {
    controlLoopId: id,
    state: first?.state ?? 'UNINITIALISED',
    controlLoopStatistics: { controlLoopId: id, timeStamp, clElementStatisticsList: { clElementStatistics } },
  }
}

const report = async (isAsked: boolean): Promise<void> => {
  const timeStamp = new Date().toISOString()
  const health = { state: PARTICIPANT_STATE, healthStatus: 'HEALTHY' }
  await say('PARTICIPANT_STATUS', {
    ...head(),
    ...health,
    participantStatistics: {
      participantId,
      timeStamp,
      ...health,
      eventCount: changes,
      lastExecutionTime: delayMs,
      averageExecutionTime: delayMs,
      upTime: Date.now() - startedAtMs,
      lastEnterTime: startedAtMs,
      lastStart: startedAtMs,
    },
    ...(isAsked && {
      participantDefinitionUpdates: [
        {
          participantId,
          participantType,
          controlLoopElementDefinitionList: [...definitions.values()].map((id) => ({ clElementDefinitionId: id })),
        },
      ],
    }),
    controlLoopInfoList: [...loops.values()].map(statusOf),
  })
}

const answer = (loop: Identifier, elementId: string, state: State, result: boolean, message: string): Promise<void> =>
  say('CONTROLLOOP_STATECHANGE_ACK', {
    controlLoopId: loop,
    result,
    message,
    controlLoopResultMap: { [elementId]: { state, result, message } },
  })

const change = async (loop: Loop, element: Element, state: State): Promise<void> => {
  if (element.state !== state) {
    await sleep(delayMs)
    changes++
    element.state = state
    element.sinceMs = Date.now()
    print({ did: state, element: element.id })
  }
  await answer(loop.id, element.id, state, true, `Control loop element ${element.id} state changed to ${state}`)
}

const update = async (id: Identifier, wanted: readonly WireElement[]): Promise<void> => {
  const loop = loops.get(textOf(id)) ?? { id, elements: new Map<string, Element>() }
  const news = wanted.filter((element) => !loop.elements.has(element.id))
  if (news.length === 0) {
    const message = `Control loop ${textOf(id)} already defined on participant ${textOf(participantId)}`
    return say('CONTROLLOOP_UPDATE_ACK', { controlLoopId: id, result: false, message, controlLoopResultMap: {} })
  }
  for (const { id: elementId, definition } of news) {
    if (!definitions.has(textOf(definition))) {
      await answer(id, elementId, 'UNINITIALISED', false, `${textOf(definition)} is not commissioned here`)
      continue
    }
    const element: Element = { id: elementId, state: 'UNINITIALISED', sinceMs: Date.now() }
    loops.set(textOf(id), loop)
    loop.elements.set(elementId, element)
    await change(loop, element, 'PASSIVE')
  }
}

const changeState = async (id: Identifier, state: State): Promise<void> => {
  const loop = loops.get(textOf(id))
  if (!loop) return
  for (const element of loop.elements.values()) await change(loop, element, state)
  if (state === 'UNINITIALISED') loops.delete(textOf(id))
}

const define = (updates: Incoming['participantDefinitionUpdates'] = []): void => {
  if (updates.length === 0) definitions.clear()
  for (const one of updates)
    if (isSame(one.participantType, participantType))
      for (const { clElementDefinitionId: id } of one.controlLoopElementDefinitionList ?? [])
        definitions.set(textOf(id), id)
}

const appliesTo = (message: Incoming): boolean =>
  !message.participantType ||
  (isSame(message.participantType, participantType) &&
    (!message.participantId || isSame(message.participantId, participantId)))

/** After what the loop was ordered before. */
const inTurn = (id: Identifier, work: () => Promise<void>): void => {
  const done = (works.get(textOf(id)) ?? Promise.resolve())
    .then(work)
    .catch((error: unknown) => print({ failed: String(error) }))
  works.set(textOf(id), done)
}

const hear = async (message: Incoming): Promise<void> => {
  const { controlLoopId: loop, orderedState, messageId, responseTo } = message
  switch (message.messageType ?? '') {
    case 'PARTICIPANT_REGISTER_ACK':
      if (isRegistered || responseTo === undefined || !asked.has(responseTo)) return
      isRegistered = true
      print({ is: 'registered' })
      return report(false)
    case 'PARTICIPANT_DEREGISTER_ACK':
      if (responseTo !== undefined && asked.has(responseTo)) isGone()
      return
    case 'PARTICIPANT_UPDATE':
      define(message.participantDefinitionUpdates)
      return say('PARTICIPANT_UPDATE_ACK', {
        responseTo: messageId,
        result: true,
        message: 'Participant Update Ack message',
        state: PARTICIPANT_STATE,
      })
    case 'PARTICIPANT_STATUS_REQ':
    case 'PARTICIPANT_HEALTH_CHECK':
      print({ asked: message.messageType })
      return report(true)
    case 'CONTROL_LOOP_UPDATE': {
      const own = (message.participantUpdatesList ?? [])
        .filter((one) => isSame(one.participantId, participantId))
        .flatMap(({ controlLoopElementList }) => controlLoopElementList ?? [])
      if (loop && own.length > 0) inTurn(loop, () => update(loop, own))
      return
    }
    case 'CONTROL_LOOP_STATE_CHANGE':
      if (loop && orderedState) inTurn(loop, () => changeState(loop, orderedState))
      return
    // The topic carries both directions, and messages of other releases.
    default:
      return
  }
}

const admin = kafka.admin()
await admin.connect()
const ends = await admin.fetchTopicOffsets(topic)
await admin.disconnect()
await producer.connect()
await consumer.connect()
await consumer.subscribe({ topics: [topic] })
await consumer.run({
  eachMessage: async ({ message: { value } }) => {
    let message: Incoming
    try {
      message = JSON.parse(value?.toString() ?? '') as Incoming
    } catch {
      return
    }
    if (appliesTo(message)) await hear(message)
  },
})
// Whatever was said before it was there isn't for it; whatever is said from now on is.
for (const { partition, high } of ends) consumer.seek({ topic, partition, offset: high })
const reporting = setInterval(() => void report(false), reportEveryMs)

process.once('SIGTERM', () => {
  const leave = async (): Promise<void> => {
    clearInterval(reporting)
    const messageId = randomUUID()
    asked.add(messageId)
    const answered = new Promise<void>((resolve) => (isGone = resolve))
    await say('PARTICIPANT_DEREGISTER', { messageId, timestamp: new Date().toISOString() })
    await Promise.race([answered, sleep(DEREGISTER_WAIT_MS)])
    await Promise.all([consumer.disconnect(), producer.disconnect()])
    process.exit(0)
  }
  void leave()
})
await register()
