/** The simulator's process over real Kafka, killed again and again while it works. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { systemClock } from '../../runtime/system-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import { openKafkaLog } from '../../runtime/transport/kafka/kafka-log.ts'
import { servers, uniqueSystem } from '../../scripts/servers/for-tests.ts'
import { startCompletionEvents } from '../http/completion-events.ts'
import { type HttpDriver, httpDriver } from '../http/http-driver.ts'
import type { DriverRequest } from '../protocol.ts'
import { correlationNode } from '../testing/correlation-node.ts'
import { sampleLocation, sampleRequest } from '../testing/sample-requests.ts'
import type { JournalEntry } from './infrastructure-store.ts'

const PROGRAM = join(import.meta.dirname, 'main.ts')
const LIFE = ['Create', 'Install', 'Configure', 'Start'] as const
const RESOURCES = 40
const KILLS = 4
const clock = systemClock

const cleanUp: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each()
})

interface Simulator {
  readonly url: string
  end(signal: NodeJS.Signals): Promise<number | null>
}

const startSimulator = async (environment: Readonly<Record<string, string>>): Promise<Simulator> => {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], { env: { ...process.env, ...environment } })
  cleanUp.push(() => void child.kill('SIGKILL'))
  let output = ''
  const hear = (chunk: Buffer): void => void (output += chunk.toString())
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const urlOf = (): string | undefined => /is up at (http:\S+)\s/.exec(output)?.[1]
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the simulator has ended by itself:\n${output}`)
    return urlOf() !== undefined
  }, 25_000)
  return {
    url: urlOf() ?? '',
    end: async (signal) => {
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
      return child.exitCode
    },
  }
}

it('does every step once, and every outcome arrives, though it is killed again and again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-simulator-process-'))
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }))
  const topic = `${uniqueSystem()}.driver-events`
  const environment = {
    HOMEOSTAT_SIMULATOR_PORT: '0',
    HOMEOSTAT_SIMULATOR_DATA: join(folder, 'infrastructure.sqlite'),
    HOMEOSTAT_SIMULATOR_CHAOS: 'early,repeat=2,unknown=1,garbage=1,lose=7',
    HOMEOSTAT_KAFKA_BROKERS: servers().kafkaBrokers.join(','),
    HOMEOSTAT_DRIVER_EVENTS_TOPIC: topic,
  }
  const log = await openKafkaLog({
    brokers: servers().kafkaBrokers,
    clientId: 'test',
    prefix: topic,
    sharedTopics: new Set([topic]),
    sessionTimeoutMs: 6_000,
    clock,
    warn: () => undefined,
  })
  cleanUp.push(() => log.close())
  const system = await correlationNode()
  cleanUp.push(() => system.stop())
  const events = await startCompletionEvents({ log, topic, clock, client: system.node })
  cleanUp.push(() => events.close())

  let simulator = await startSimulator(environment)
  const driverAt = (url: string): HttpDriver => {
    const driver = httpDriver({ type: 'simulator', url, client: system.node, clock, limits: { callTimeoutMs: 2_000 } })
    cleanUp.push(() => driver.close())
    return driver
  }
  let driver = driverAt(simulator.url)

  const outcomeOf = (requestId: string) =>
    system.reports.find((report) => report.requestId === requestId && report.status !== 'IN_PROGRESS')
  let steps = 0
  const isOver = { now: false }
  /** As workers and resources do: called until it is taken on, and called again when no outcome comes. */
  const perform = async (request: DriverRequest): Promise<void> => {
    while (!outcomeOf(request.requestId)) {
      if (isOver.now) throw new Error('the test is over')
      await driver
        .execute(request, sampleLocation({ properties: { sim_delay_ms: '0..40' } }), 'order-1')
        .then(
          () => until(() => outcomeOf(request.requestId) !== undefined || isOver.now, 3_000),
          // Not reachable, or its answer was lost: a moment later.
          () => new Promise((resolve) => setTimeout(resolve, 20)),
        )
        .catch(() => undefined)
    }
    steps++
  }
  cleanUp.push(() => void (isOver.now = true))
  const lives = Promise.all(
    Array.from({ length: RESOURCES }, async () => {
      const resourceId = randomUUID()
      for (const transition of LIFE)
        await perform(
          sampleRequest({ requestId: randomUUID(), resourceId, transition, deadlineMs: Date.now() + 90_000 }),
        )
    }),
  )
  for (let kill = 1; kill <= KILLS; kill++) {
    const goal = (kill * RESOURCES * LIFE.length) / (KILLS + 2)
    await Promise.race([until(() => steps >= goal, 30_000), lives])
    await simulator.end('SIGKILL')
    simulator = await startSimulator(environment)
    driver = driverAt(simulator.url)
  }
  await lives

  expect(new Set(system.reports.map(({ status }) => status))).toEqual(new Set(['COMPLETE']))
  const { entries } = (await (await fetch(`${simulator.url}/journal`)).json()) as { entries: JournalEntry[] }
  expect(new Set(entries.map(({ requestId }) => requestId)).size).toBe(entries.length)
  expect(entries).toHaveLength(RESOURCES * LIFE.length)
  expect(events.stats()).toMatchObject({ retried: 0 })
  expect(events.stats().malformed).toBeGreaterThan(0)
  expect(await simulator.end('SIGTERM')).toBe(0)
}, 120_000)

it('says what is missing, and ends', async () => {
  const start = startSimulator({ HOMEOSTAT_KAFKA_BROKERS: '', HOMEOSTAT_SIMULATOR_CHAOS: '' })
  await expect(start).rejects.toThrow('HOMEOSTAT_KAFKA_BROKERS: where completion events are published is missing')
  const misspelt = startSimulator({ HOMEOSTAT_SIMULATOR_CHAOS: 'erly' })
  await expect(misspelt).rejects.toThrow("'erly' isn't known; there are early, new-ids, repeat=<n>")
})
