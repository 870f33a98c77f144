import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { logContract } from '../testing/log-contract.ts'
import { durableLogContract } from '../testing/log-durable-contract.ts'
import { SqliteFile } from './sqlite-file.ts'
import { SqliteLog } from './sqlite-log.ts'
import type { SqliteLogOptions } from './sqlite-log.ts'

const open = (options: SqliteLogOptions) => async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-log-'))
  let file = new SqliteFile({ path: join(folder, 'data.sqlite') })
  const log = new SqliteLog(file, options)
  return {
    log,
    other: log,
    reopen: async () => {
      await file.close()
      file = new SqliteFile({ path: join(folder, 'data.sqlite') })
      return new SqliteLog(file, options)
    },
    dispose: async () => {
      await file.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const openSmall = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-log-'))
  const file = new SqliteFile({ path: join(folder, 'data.sqlite'), synchronous: 'normal' })
  const log = new SqliteLog(file)
  await log.createTopic('t', 1)
  const count = file.prepare('SELECT count(*) FROM log_chunk')
  const rows = () => (count.get() as unknown as [number])[0]
  const dispose = async () => {
    await file.close()
    rmSync(folder, { recursive: true })
  }
  return { log, rows, dispose }
}

logContract('sqlite', open({}))
logContract('sqlite, with next to nothing in memory', open({ tailRecordsMax: 3, tailBytesMax: 40 }))
durableLogContract('sqlite', open({}))

test('nobody reads what is not on disk yet, from memory or from the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-log-'))
  const held: (() => void)[] = []
  let isHeld = false
  const file = new SqliteFile({
    path: join(folder, 'data.sqlite'),
    syncCall: (_fd, done) => (isHeld ? held.push(() => done(null)) : setImmediate(done, null)),
  })
  const log = new SqliteLog(file, { tailRecordsMax: 1 })
  await log.createTopic('t', 1)
  const append = () => log.append([{ topic: 't', partition: 0, value: new Uint8Array(8) }])
  for (let count = 0; count < 4; count++) await append()
  isHeld = true
  const appended = append()
  await expect.poll(() => held.length).toBe(1)
  const behind = log.read('t', 0, 0)
  expect((await behind.next(100)).map(({ offset }) => offset)).toEqual([0, 1, 2, 3])
  expect(await log.bounds('t', 0)).toEqual({ first: 0, next: 4 })
  const next = behind.next(100)
  const outcome = await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 50, 'waits'))])
  expect(outcome).toBe('waits')
  isHeld = false
  for (const release of held.splice(0)) release()
  await appended
  expect((await next).map(({ offset }) => offset)).toEqual([4])
  await file.close()
  rmSync(folder, { recursive: true })
})

test('a large trim deletes its rows in slices, and all of them in the end', async () => {
  const { log, rows, dispose } = await openSmall()
  for (let flush = 0; flush < 600; flush++) await log.append([{ topic: 't', partition: 0, value: new Uint8Array(8) }])
  expect(rows()).toBe(600)
  await log.trim('t', 0, 590)
  expect(await log.bounds('t', 0)).toEqual({ first: 590, next: 600 })
  await expect.poll(rows, { timeout: 10_000 }).toBe(10)
  expect(await log.read('t', 0, 590).next(100)).toHaveLength(10)
  await dispose()
})
