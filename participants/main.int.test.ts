/** Participants as processes of their own, over real Kafka. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/system-clock.ts'
import { until } from '../runtime/testing/until.ts'
import { type KafkaLog, openKafkaLog } from '../runtime/transport/kafka/kafka-log.ts'
import { servers, uniqueSystem } from '../scripts/servers/for-tests.ts'
import { openKafkaLink, partitionOf } from './link/kafka-link.ts'
import type { Order, Report } from './protocol/conversation.ts'
import { decodeText, encodeText, GENERATIONS } from './protocol/generation.ts'
import { changeState, define, elementId, elementOrder, IDENTITY, instantiate, LOOP } from './testing/orders.ts'

const { istanbul } = GENERATIONS
const PARTITIONS = 4

const cleanUp: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each()
})

/** The runtime's side of the topic: says welcome and good-bye, and notes what it is told. */
interface Runtime {
  readonly topic: string
  readonly log: KafkaLog
  readonly reports: Report[]
  order(order: Order): Promise<void>
  resultsOf(order: Order): readonly { readonly state: string; readonly ok: boolean; readonly message: string }[]
}

const startRuntime = async (): Promise<Runtime> => {
  const topic = `${uniqueSystem()}.participants`
  const log = await openKafkaLog({
    brokers: servers().kafkaBrokers,
    clientId: 'test',
    prefix: topic,
    sharedTopics: new Set([topic]),
    sessionTimeoutMs: 6_000,
    clock: systemClock,
    warn: () => undefined,
  })
  cleanUp.push(() => log.close())
  await log.createTopic(topic, PARTITIONS)
  const reports: Report[] = []
  const order = async (given: Order): Promise<void> => {
    const partition = partitionOf('loop' in given ? given.loop : LOOP, PARTITIONS)
    await log.append(istanbul.encodeOrder(given).map((message) => ({ topic, partition, value: encodeText(message) })))
  }
  const hear = async (value: Uint8Array): Promise<void> => {
    const json = decodeText(value, 1_000_000)
    const read = json.kind === 'message' ? istanbul.decodeReport(json.message) : json
    if (read.kind !== 'message') return
    const { message } = read
    reports.push(message)
    if (message.type !== 'register' && message.type !== 'deregister') return
    const { participantId, participantType, messageId } = message
    const type = message.type === 'register' ? 'registered' : 'deregistered'
    await order({ type, messageId, atMs: 0, to: { participantId, participantType }, responseTo: messageId })
  }
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const reader = log.read(topic, partition, 0)
    const follow = async (): Promise<void> => {
      for (let records = await reader.next(100); records.length > 0; records = await reader.next(100))
        for (const record of records) await hear(record.value)
    }
    const following = follow().catch(() => undefined)
    cleanUp.push(() => {
      reader.close()
      return following
    })
  }
  return {
    topic,
    log,
    reports,
    order,
    resultsOf: ({ messageId }) =>
      reports.flatMap((report) =>
        report.type === 'elements-changed' && report.responseTo === messageId ? report.results : [],
      ),
  }
}

interface Program {
  readonly output: () => string
  readonly url: string
  end(signal: NodeJS.Signals): Promise<number | null>
}

const startProgram = async (file: string, environment: Readonly<Record<string, string>>): Promise<Program> => {
  const program = join(import.meta.dirname, file)
  const child: ChildProcess = spawn(process.execPath, [program], { env: { ...process.env, ...environment } })
  cleanUp.push(() => void child.kill('SIGKILL'))
  let output = ''
  const hear = (chunk: Buffer): void => void (output += chunk.toString())
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the program has ended by itself:\n${output}`)
    return output.includes('is up')
  }, 25_000)
  return {
    output: () => output,
    url: / is up at (http:\S+)\s/.exec(output)?.[1] ?? '',
    end: async (signal) => {
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
      return child.exitCode
    },
  }
}

let runtime: Runtime
let environment: Readonly<Record<string, string>>
beforeEach(async () => {
  runtime = await startRuntime()
  environment = {
    HOMEOSTAT_KAFKA_BROKERS: servers().kafkaBrokers.join(','),
    HOMEOSTAT_PARTICIPANT_TOPIC: runtime.topic,
    HOMEOSTAT_PARTICIPANT_ID: `${IDENTITY.participantId.name}:${IDENTITY.participantId.version}`,
    HOMEOSTAT_PARTICIPANT_TYPE: `${IDENTITY.participantType.name}:${IDENTITY.participantType.version}`,
    HOMEOSTAT_PARTICIPANT_REPORTING_INTERVAL_MS: '500',
  }
})

const ordered = async (order: Order, count = 1) => {
  await runtime.order(order)
  await until(() => runtime.resultsOf(order).length >= count, 15_000)
  return runtime.resultsOf(order)
}

describe('the simulator', () => {
  it('takes loops through their lives, starts anew after a crash, and says good-bye', async () => {
    const settings = { ...environment, HOMEOSTAT_PARTICIPANT_PORT: '0' }
    let simulator = await startProgram('simulator/main.ts', settings)
    await until(() => runtime.reports.filter(({ type }) => type === 'status').length > 1, 15_000)
    await runtime.order(define())
    const elements = Array.from({ length: 200 }, (_, index) => elementOrder(elementId(index)))
    const results = await ordered(instantiate(elements), elements.length)
    expect(results.every(({ state, ok }) => state === 'PASSIVE' && ok)).toBe(true)
    await ordered(changeState('RUNNING'), elements.length)

    const base = `${simulator.url}/onap/participantsim/v2`
    const headers = { 'content-type': 'application/json', 'x-onap-requestid': 'a-request' }
    const forced = await fetch(`${base}/elements`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ id: elementId(7), state: 'PASSIVE' }),
    })
    expect(forced.status).toBe(200)
    expect(forced.headers.get('x-onap-requestid')).toBe('a-request')
    await until(() => runtime.reports.some((report) => report.type === 'elements-changed' && !report.responseTo))
    expect((await fetch(`${base}/nothing`)).status).toBe(404)
    expect((await fetch(`${base}/scripts/*`, { method: 'PUT', headers, body: '{' })).status).toBe(400)

    await simulator.end('SIGKILL')
    simulator = await startProgram('simulator/main.ts', settings)
    const anew = instantiate([elementOrder(elementId(1))])
    // It has forgotten its definitions, too, and waits for them.
    await runtime.order(anew)
    await runtime.order(define())
    await until(() => runtime.resultsOf(anew).length > 0, 15_000)
    expect(runtime.resultsOf(anew)).toMatchObject([{ state: 'PASSIVE', ok: true }])
    expect(await simulator.end('SIGTERM')).toBe(0)
    await until(() => runtime.reports.some(({ type }) => type === 'deregister'))
  }, 90_000)

  it('speaks with our own link on the other side of the topic', async () => {
    const link = await openKafkaLink({ log: runtime.log, clock: systemClock, identity: IDENTITY, topic: runtime.topic })
    cleanUp.push(() => link.close())
    const got: Order[] = []
    link.subscribe(
      (order) => got.push(order),
      () => true,
    )
    await link.send({ ...IDENTITY, type: 'register', messageId: 'm-1' })
    await until(() => got.some(({ type }) => type === 'registered'))
  }, 30_000)
})

describe('the example', () => {
  it('keeps a file per element', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'homeostat-example-'))
    cleanUp.push(() => rmSync(folder, { recursive: true, force: true }))
    const example = await startProgram('example-participant.ts', {
      ...environment,
      HOMEOSTAT_PARTICIPANT_FOLDER: folder,
    })
    await until(() => runtime.reports.some(({ type }) => type === 'status'), 15_000)
    await runtime.order(define())
    const file = join(folder, 'active', `${elementId()}.json`)
    const [created] = await ordered(instantiate([elementOrder(elementId(), { size: 3 })]))
    expect(created).toMatchObject({ state: 'PASSIVE', ok: true, message: `wrote ${file}` })
    await ordered(changeState('RUNNING'))
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ loop: LOOP, doing: 'its work', size: 3 })
    await ordered(changeState('UNINITIALISED'))
    expect(existsSync(file)).toBe(false)
    expect(await example.end('SIGTERM')).toBe(0)
  }, 60_000)
})

describe('the HTTP participant', () => {
  it('starts and ends as a process', async () => {
    const http = await startProgram('http/main.ts', environment)
    await until(() => runtime.reports.some(({ type }) => type === 'status'), 15_000)
    expect(await http.end('SIGTERM')).toBe(0)
    await until(() => runtime.reports.some(({ type }) => type === 'deregister'))
  }, 60_000)
})

it('a program with wrong settings says all that is wrong, and ends', async () => {
  const wrong = {
    ...environment,
    HOMEOSTAT_PARTICIPANT_ID: 'no version',
    HOMEOSTAT_PARTICIPANT_MODE: 'ASLEEP',
    HOMEOSTAT_PARTICIPANT_PORT: '-1',
    HOMEOSTAT_PARTICIPANT_MOOD: 'good',
  }
  const said = await startProgram('simulator/main.ts', wrong).then(
    () => '',
    (error: unknown) => String(error),
  )
  for (const text of [
    'HOMEOSTAT_PARTICIPANT_ID: must be <name>:<version>',
    'HOMEOSTAT_PARTICIPANT_MODE: ',
    'HOMEOSTAT_PARTICIPANT_PORT: ',
    'HOMEOSTAT_PARTICIPANT_MOOD is not a setting',
  ])
    expect(said).toContain(text)
  const nowhere = startProgram('example-participant.ts', { ...environment, HOMEOSTAT_KAFKA_BROKERS: '' })
  await expect(nowhere).rejects.toThrow('HOMEOSTAT_KAFKA_BROKERS: where runtime and participants speak is missing')
})
