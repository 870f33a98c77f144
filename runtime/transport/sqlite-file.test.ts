import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RuntimeFault } from '../fault.ts'
import { SqliteFile } from './sqlite-file.ts'

let folder = ''
let path = ''
const opened: SqliteFile[] = []
const open = (options: Partial<ConstructorParameters<typeof SqliteFile>[0]> = {}): SqliteFile => {
  const file = new SqliteFile({ path, ...options })
  opened.push(file)
  return file
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-file-'))
  path = join(folder, 'sub', 'data.sqlite')
})
afterEach(async () => {
  for (const file of opened.splice(0)) await file.close()
  rmSync(folder, { recursive: true })
})

const TABLE = ['CREATE TABLE thing (id INTEGER PRIMARY KEY)']
const openWithTable = (options: Partial<ConstructorParameters<typeof SqliteFile>[0]> = {}) => {
  // On a busy machine the time budget of a flush may end it early: only the tests that are about it have a small one.
  const file = open({ flushBudgetMs: 10_000, ...options })
  file.migrate('test', TABLE)
  const insert = file.prepare('INSERT INTO thing VALUES (?)')
  const select = file.prepare('SELECT id FROM thing ORDER BY id')
  let commits = 0
  let rollbacks = 0
  file.attach({ afterCommit: () => void commits++, afterRollback: () => void rollbacks++ })
  return {
    file,
    add: (id: number) => file.run(() => void insert.run(id)),
    insert,
    ids: () => (select.all() as unknown as [number][]).map(([id]) => id),
    counts: () => ({ commits, rollbacks }),
  }
}

describe('a group of operations', () => {
  test('that came in the same turn shares one commit', async () => {
    const { add, ids, counts } = openWithTable()
    await Promise.all(Array.from({ length: 100 }, (_, index) => add(index)))
    expect(ids()).toHaveLength(100)
    expect(counts()).toEqual({ commits: 1, rollbacks: 0 })
  })

  test('is bounded in operations, bytes and time', async () => {
    const byCount = openWithTable({ flushOperationsMax: 10 })
    await Promise.all(Array.from({ length: 25 }, (_, index) => byCount.add(index)))
    expect(byCount.counts().commits).toBe(3)
    await byCount.file.close()

    const byBytes = openWithTable({ flushBytesMax: 100 })
    await Promise.all([60, 60, 30, 500, 10].map((bytes) => byBytes.file.run(() => undefined, bytes)))
    expect(byBytes.counts().commits).toBe(4)
    await byBytes.file.close()

    const byTime = openWithTable({ flushBudgetMs: 0 })
    await Promise.all([101, 102, 103].map(byTime.add))
    expect(byTime.counts().commits).toBe(3)
    expect(byTime.ids().slice(-3)).toEqual([101, 102, 103])
  })

  test('keeps its order, whatever the bounds', async () => {
    const { file } = openWithTable({ flushOperationsMax: 3, flushBudgetMs: 0 })
    const order: number[] = []
    await Promise.all(Array.from({ length: 20 }, (_, index) => file.run(() => void order.push(index))))
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  test('goes on without those that refuse', async () => {
    const { file, add, ids, counts } = openWithTable()
    const refused = file.run(() => {
      throw new RuntimeFault('token-lost', 'no')
    })
    const outcomes = await Promise.allSettled([add(1), refused, add(2)])
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await expect(refused).rejects.toMatchObject({ code: 'token-lost' })
    expect(ids()).toEqual([1, 2])
    expect(counts()).toEqual({ commits: 1, rollbacks: 0 })
  })

  test('goes on without one that breaks half-way, and takes back what that one wrote', async () => {
    const { file, add, insert, ids } = openWithTable()
    const breaking = file.run(() => {
      insert.run(50)
      insert.run(50)
    })
    const outcomes = await Promise.allSettled([breaking, add(1), add(2)])
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    await expect(breaking).rejects.toMatchObject({ code: 'unavailable' })
    expect(ids()).toEqual([1, 2])
  })

  test('fails one by one if a participant cannot write what one of them gathered', async () => {
    const { file, ids, insert } = openWithTable()
    let gathered: number[] = []
    file.attach({
      beforeCommit: () => gathered.forEach((id) => insert.run(id)),
      afterCommit: () => (gathered = []),
      afterRollback: () => (gathered = []),
    })
    const gather = (...ids: number[]) => file.run(() => void gathered.push(...ids))
    const outcomes = await Promise.allSettled([gather(1), gather(2, 2), gather(3)])
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(ids()).toEqual([1, 3])
  })

  test('is committed by close, and nothing is taken after that', async () => {
    const { file, add } = openWithTable()
    const added = add(7)
    await file.close()
    await added
    await expect(add(8)).rejects.toMatchObject({ code: 'closed' })
    expect(openWithTable().ids()).toEqual([7])
  })
})

describe('opening', () => {
  test('twice is refused, and possible again after close', async () => {
    const first = open()
    expect(() => open()).toThrow(expect.objectContaining({ code: 'in-use' }))
    await first.close()
    expect(() => open()).not.toThrow()
  })

  test('what is no such file is refused, and the lock given back', () => {
    writeFileSync(join(folder, 'garbage'), 'this is not a database, and long enough to be looked at as one'.repeat(40))
    for (let attempt = 0; attempt < 2; attempt++)
      expect(() => open({ path: join(folder, 'garbage') })).toThrow(expect.objectContaining({ code: 'unavailable' }))
  })
})

describe('tables', () => {
  test('of an older release are lifted, step by step, with what is in them', async () => {
    const old = openWithTable()
    await old.add(3)
    await old.file.close()
    const file = open()
    file.migrate('test', [...TABLE, 'ALTER TABLE thing ADD COLUMN note TEXT', `UPDATE thing SET note = 'lifted'`])
    expect(file.prepare('SELECT id, note FROM thing').all()).toEqual([[3, 'lifted']])
  })

  test('of a newer release are refused', async () => {
    const newer = open()
    newer.migrate('test', [...TABLE, 'CREATE TABLE more (id INTEGER PRIMARY KEY)'])
    await newer.close()
    const file = open()
    expect(() => file.migrate('test', TABLE)).toThrow(expect.objectContaining({ code: 'newer-version' }))
  })

  test('are as they were if a step fails', () => {
    const file = open()
    file.migrate('test', TABLE)
    expect(() => file.migrate('test', [...TABLE, 'CREATE TABLE half (id); nonsense'])).toThrow()
    file.migrate('test', [...TABLE, 'CREATE TABLE half (id)'])
  })
})
