import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { servers, uniqueSystem } from '../../../scripts/servers/for-tests.ts'
import { systemClock } from '../../system-clock.ts'
import { until } from '../../testing/until.ts'
import { openKafkaLog } from './kafka-log.ts'
import type { KafkaLog } from './kafka-log.ts'
import type { Address, BrokerConnection } from './broker-connection.ts'
import { Membership } from './membership.ts'
import { KafkaWire } from './wire.ts'

const PARTITIONS = 12
const SESSION_TIMEOUT_MS = 6_000
const PROGRAM = join(import.meta.dirname, '../../testing/kafka-member.ts')
const ALL = Array.from({ length: PARTITIONS }, (_, index) => index)

/** The next request after `holdUp` is on its way for as long as the test likes. */
class SlowWire extends KafkaWire {
  readonly #asked = Promise.withResolvers<void>()
  #going: Promise<void> | undefined
  /** The request waits. */
  readonly isAsked = this.#asked.promise

  /** @returns what lets it go */
  holdUp(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#going = promise
    return resolve
  }

  override async askAt<T>(address: Address, run: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    const going = this.#going
    this.#going = undefined
    if (going) {
      this.#asked.resolve()
      await going
    }
    return super.askAt(address, run)
  }
}

let prefix: string
let logs: KafkaLog[]
let processes: ChildProcess[]
/** What each member was told last, by its name. */
let views: Map<string, readonly number[]>

const open = async (): Promise<KafkaLog> => {
  const log = await openKafkaLog({
    brokers: servers().kafkaBrokers,
    clientId: 'test',
    prefix,
    sharedTopics: new Set(),
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    clock: systemClock,
    warn: () => undefined,
  })
  logs.push(log)
  return log
}
const joinAs = async (name: string) =>
  (await open()).join('workers', 'work', (partitions) => void views.set(name, partitions))

const spawnAs = (name: string): ChildProcess => {
  const [broker = ''] = servers().kafkaBrokers
  const args = [PROGRAM, broker, prefix, 'workers', 'work', String(SESSION_TIMEOUT_MS)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  createInterface({ input: child.stdout }).on('line', (line) => views.set(name, JSON.parse(line) as number[]))
  processes.push(child)
  return child
}
const shared = () => [...views.values()].flat().toSorted((a, b) => a - b)
const sizes = () => [...views.values()].map((view) => view.length).toSorted((a, b) => a - b)
const isSharedEvenlyBy = (members: number) => () =>
  views.size === members && shared().join() === ALL.join() && (sizes().at(-1) ?? 0) - (sizes()[0] ?? 0) <= 1

beforeEach(async () => {
  prefix = uniqueSystem()
  logs = []
  processes = []
  views = new Map()
  await (await open()).createTopic('work', PARTITIONS)
})
afterEach(async () => {
  for (const child of processes) child.kill('SIGKILL')
  await Promise.all(logs.map((log) => log.close()))
})

describe('who has which partition', () => {
  test('a third member gets its share, and the others keep all but that', async () => {
    await joinAs('one')
    await joinAs('two')
    await until(isSharedEvenlyBy(2))
    const before = new Map(views)
    await joinAs('three')
    await until(isSharedEvenlyBy(3))
    for (const name of ['one', 'two'])
      expect(before.get(name)).toEqual(expect.arrayContaining([...(views.get(name) ?? [])]))
  })

  test('when one leaves, the others have its partitions within a second, and keep their own', async () => {
    const [, , third] = [await joinAs('one'), await joinAs('two'), await joinAs('three')]
    await until(isSharedEvenlyBy(3))
    const before = new Map(views)
    const leftAtMs = Date.now()
    await third.leave()
    expect(views.get('three')).toEqual([])
    views.delete('three')
    await until(isSharedEvenlyBy(2))
    expect(Date.now() - leftAtMs).toBeLessThan(1_000)
    for (const [name, view] of views) expect(view).toEqual(expect.arrayContaining([...(before.get(name) ?? [])]))
  })

  test('when one is killed, its partitions are with the others at most a second after its session', async () => {
    await joinAs('one')
    const child = spawnAs('victim')
    await until(isSharedEvenlyBy(2))
    const before = views.get('one') ?? []
    const killedAtMs = Date.now()
    child.kill('SIGKILL')
    views.delete('victim')
    await until(isSharedEvenlyBy(1), SESSION_TIMEOUT_MS + 5_000)
    expect(Date.now() - killedAtMs).toBeLessThan(SESSION_TIMEOUT_MS + 1_000)
    expect(views.get('one')).toEqual(expect.arrayContaining([...before]))
  })

  test('one that was frozen for longer than its session is out, and is one of them again when it wakes', async () => {
    await joinAs('one')
    const child = spawnAs('sleeper')
    await until(isSharedEvenlyBy(2))
    child.kill('SIGSTOP')
    await until(() => views.get('one')?.length === PARTITIONS, SESSION_TIMEOUT_MS + 1_000)
    // It believes what it was told last: only the store knows better.
    expect(views.get('sleeper')).toHaveLength(PARTITIONS / 2)
    child.kill('SIGCONT')
    await until(isSharedEvenlyBy(2), 5_000)
  })

  test('a process ends by itself when its log is closed', async () => {
    const child = spawnAs('one')
    await until(isSharedEvenlyBy(1))
    child.kill('SIGTERM')
    await until(() => child.exitCode !== null, 3_000)
    expect([child.exitCode, child.signalCode]).toEqual([0, null])
  })

  test("a position that waits while its partition becomes another's does not take the group back", async () => {
    const wire = new SlowWire({
      ...{ brokers: servers().kafkaBrokers, clientId: 'test', ssl: undefined, sasl: undefined },
      ...{ connectTimeoutMs: 2_000, requestTimeoutMs: 5_000 },
    })
    const first = new Membership({
      ...{ wire, clock: systemClock, warn: () => undefined, sessionTimeoutMs: SESSION_TIMEOUT_MS },
      ...{ group: `${prefix}.workers`, topic: `${prefix}.work`, onLeft: () => undefined },
      onAssigned: (partitions) => void views.set('first', partitions),
    })
    await until(isSharedEvenlyBy(1))
    const letGo = wire.holdUp()
    const outcomes = Promise.allSettled(ALL.map((partition) => first.commit(partition, 5)))
    await wire.isAsked
    const second = await joinAs('second')
    await until(isSharedEvenlyBy(2))
    const others = views.get('second') ?? []
    await Promise.all(others.map((partition) => second.commit(partition, 10)))
    letGo()
    const isOthers = ALL.map((partition) => others.includes(partition))
    expect((await outcomes).map(({ status }) => status === 'rejected')).toEqual(isOthers)
    const found = await Promise.all(ALL.map((partition) => second.committed(partition)))
    expect(found).toEqual(isOthers.map((isOther) => (isOther ? 10 : 5)))
    await first.leave()
    wire.close()
  })

  test('leaving while the group waits for another member does not wait for that', async () => {
    await joinAs('one')
    const child = spawnAs('frozen')
    await until(isSharedEvenlyBy(2))
    child.kill('SIGSTOP')
    // The join of a third starts a round that can't end before the frozen one is given up.
    const joining = joinAs('three')
    const startedAtMs = Date.now()
    const [firstLog] = logs.slice(1)
    await firstLog?.close()
    expect(Date.now() - startedAtMs).toBeLessThan(2_000)
    views.delete('one')
    views.delete('frozen')
    await joining
    await until(isSharedEvenlyBy(1), SESSION_TIMEOUT_MS + 2_000)
  })
})
