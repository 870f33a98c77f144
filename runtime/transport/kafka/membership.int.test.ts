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

const PARTITIONS = 12
const SESSION_TIMEOUT_MS = 6_000
const PROGRAM = join(import.meta.dirname, '../../testing/kafka-member.ts')
const ALL = Array.from({ length: PARTITIONS }, (_, index) => index)

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
