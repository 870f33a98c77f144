import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
      afterCommit: () => void (gathered = []),
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

describe('the sync to disk', () => {
  const openHeld = () => {
    const held: ((error: Error | null) => void)[] = []
    const system = openWithTable({ syncCall: (_fd, done) => void held.push(done) })
    const end = async (error: Error | null = null) => {
      await expect.poll(() => held.length).toBeGreaterThan(0)
      held.shift()?.(error)
    }
    return { ...system, end, held }
  }
  const stateOf = (promise: Promise<unknown>) =>
    Promise.race([
      promise.then(
        () => 'fulfilled',
        () => 'rejected',
      ),
      new Promise((resolve) => setTimeout(resolve, 30, 'pending')),
    ])

  test('comes before anybody hears of a commit, or of what was read from it', async () => {
    const { file, add, ids, end, held } = openHeld()
    const added = add(1)
    await expect.poll(() => held.length).toBe(1)
    const read = file.read(ids)
    expect(await stateOf(added)).toBe('pending')
    expect(await stateOf(read)).toBe('pending')
    await end()
    await added
    expect(await read).toEqual([1])
    expect(await file.read(ids)).toEqual([1])
  })

  test('lets the next commit be written meanwhile, which waits for its own', async () => {
    const { add, counts, end, held } = openHeld()
    const added = [add(1)]
    await expect.poll(() => held.length).toBe(1)
    added.push(add(2))
    await expect.poll(counts).toEqual({ commits: 2, rollbacks: 0 })
    added.push(add(3))
    await end()
    await added[0]
    expect(await stateOf(Promise.all(added))).toBe('pending')
    await end()
    await added[1]
    await end()
    await added[2]
    expect(counts()).toEqual({ commits: 3, rollbacks: 0 })
  })

  test('that fails is the end: what waited for it is not confirmed, and nothing is taken any more', async () => {
    const { file, add, ids, end, held } = openHeld()
    const first = add(1)
    await expect.poll(() => held.length).toBe(1)
    const second = add(2)
    const read = file.read(ids)
    const outcomes = Promise.allSettled([first, second, read])
    await end(new Error('EIO: the disk is gone'))
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
    await expect(add(3)).rejects.toThrow('the disk is gone')
    await expect(file.read(ids)).rejects.toThrow('the disk is gone')
  })
})

describe('the write-ahead log', () => {
  test('begins anew under load, with all that was committed in the database', { timeout: 60_000 }, async () => {
    const file = open({ synchronous: 'normal' })
    file.migrate('test', ['CREATE TABLE large (id INTEGER PRIMARY KEY, body BLOB NOT NULL)'])
    const insert = file.prepare('INSERT INTO large VALUES (?, ?)')
    const log = file.prepare('PRAGMA wal_checkpoint(NOOP)')
    const pages = () => (log.get() as unknown as [number, number, number])[1]
    const body = new Uint8Array(40_000).fill(7)
    const add = (id: number) => file.run(() => void insert.run(id, body), body.length)
    let count = 0
    for (let before = 0; pages() >= before; count += 20) {
      expect(count).toBeLessThan(20_000)
      before = pages()
      await Promise.all(Array.from({ length: 20 }, (_, index) => add(count + index)))
    }
    await file.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
    const sums = open().prepare('SELECT count(*), sum(length(body)) FROM large')
    expect(sums.get()).toEqual([count, count * body.length])
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
