import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seeded } from '../runtime/testing/manual-clock.ts'
import { openEmbedded } from './embedded.ts'
import type { Embedded } from './embedded.ts'
import {
  CRASH_FORGET_EVERY,
  CRASH_PARTITIONS,
  CRASH_SHARDS,
  CRASH_SNAPSHOT_EVERY,
  CRASH_TOPIC,
  crashRecord,
  crashValue,
} from './testing/crash-data.ts'

const ROUNDS = 15
const WRITER = join(import.meta.dirname, 'testing', 'crash-writer.ts')

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-crash-'))
  path = join(folder, 'data.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** What the writer said last, by what it was about (`log 2`, `shard 0`). */
type Acknowledged = Map<string, number>

const startWriter = (): ChildProcess =>
  spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] })

/** Reads acknowledgements until the writer ends; kills it when it has said `killAfter` lines. */
const writeUntilKilled = async (killAfter: number, atFirstLine?: () => Promise<void>): Promise<Acknowledged> => {
  const writer = startWriter()
  const ended = once(writer, 'exit')
  const acknowledged: Acknowledged = new Map()
  let lines = 0
  for await (const line of createInterface({ input: writer.stdout as NodeJS.ReadableStream })) {
    const [what, which, number] = line.split(' ')
    acknowledged.set(`${what} ${which}`, Number(number))
    lines++
    if (lines === 1) await atFirstLine?.()
    if (lines === killAfter) writer.kill('SIGKILL')
  }
  const [, signal] = (await ended) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')
  return acknowledged
}

const checkLog = async ({ log }: Embedded, acknowledged: Acknowledged): Promise<void> => {
  await log.createTopic(CRASH_TOPIC, CRASH_PARTITIONS)
  for (let partition = 0; partition < CRASH_PARTITIONS; partition++) {
    const { first, next } = await log.bounds(CRASH_TOPIC, partition)
    expect(next).toBeGreaterThanOrEqual(acknowledged.get(`log ${partition}`) ?? 0)
    const reader = log.read(CRASH_TOPIC, partition, first)
    for (let offset = first; offset < next;) {
      for (const record of await reader.next(1_000)) {
        expect(record.offset).toBe(offset)
        expect(Buffer.compare(record.value, crashRecord(partition, offset).value)).toBe(0)
        offset++
      }
    }
    reader.close()
  }
}

/** One commit happened as a whole, or not at all: so every part of the shard tells the same number. */
const checkShard = async ({ store }: Embedded, shard: number, acknowledged: Acknowledged): Promise<void> => {
  const lease = await store.acquire(shard, 'checker')
  const version = lease.nextOffset
  expect(version).toBeGreaterThanOrEqual(acknowledged.get(`shard ${shard}`) ?? 0)
  if (version === 0) return
  const id = `of ${shard}`
  expect(lease.sentToSelf).toEqual([version - 1, 2])
  expect(lease.marks.get('sender')).toEqual({ position: [version - 1, 1], atMs: version - 1 })
  const [walker, mayfly] = await store.load(shard, [
    { kind: 'walker', id },
    { kind: 'mayfly', id },
  ])
  const snapshotVersion = version - (version % CRASH_SNAPSHOT_EVERY)
  expect(walker).toMatchObject({ version, fields: { step: String(version) } })
  expect(walker?.snapshot?.version).toBe(snapshotVersion === 0 ? undefined : snapshotVersion)
  expect(walker?.events.map((event) => [...event])).toEqual(
    Array.from({ length: version - snapshotVersion }, (_, index) => [
      ...crashValue('event', snapshotVersion + index + 1),
    ]),
  )
  expect(walker?.timers).toMatchObject([{ name: 'step', dueMs: version, generation: `g${version}` }])
  const age = version % CRASH_FORGET_EVERY
  expect(mayfly?.version).toBe(age === 0 ? undefined : age)
  const history = await store.history(shard, { kind: 'walker', id, limit: 10_000 })
  expect(history.map((row) => row.version)).toEqual(
    Array.from({ length: history.length }, (_, index) => version - index),
  )
  expect(history.length).toBeGreaterThanOrEqual(Math.min(version, CRASH_SNAPSHOT_EVERY))
  const unpublished = Array.from({ length: version }, (_, offset) => offset).slice(version > 4 ? -3 : 0)
  expect((await store.outbox(shard, 100)).map((row) => row.position[0])).toEqual(unpublished)
  expect(await store.list({ kind: 'walker', field: 'step', equals: String(version), limit: 10 })).toContainEqual({
    id,
    value: String(version),
    fields: { step: String(version) },
  })
}

test(`everything acknowledged survives kill -9, whole, ${ROUNDS} times`, { timeout: 120_000 }, async () => {
  const random = seeded(20_241_122)
  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged = await writeUntilKilled(1 + Math.floor(random() * 600))
    expect(acknowledged.size).toBeGreaterThan(0)
    const embedded = await openEmbedded({ path })
    await checkLog(embedded, acknowledged)
    for (let shard = 0; shard < CRASH_SHARDS; shard++) await checkShard(embedded, shard, acknowledged)
    await embedded.close()
  }
})

test(
  'a second process is refused while the first one lives, and not after its kill -9',
  { timeout: 60_000 },
  async () => {
    await writeUntilKilled(200, async () => {
      await expect(openEmbedded({ path })).rejects.toMatchObject({ code: 'in-use' })
    })
    const embedded = await openEmbedded({ path })
    await embedded.close()
  },
)
