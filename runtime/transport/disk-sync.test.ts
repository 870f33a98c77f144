import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DiskSync } from './disk-sync.ts'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-sync-'))
  path = join(folder, 'file')
  writeFileSync(path, 'something')
})
afterEach(() => rmSync(folder, { recursive: true }))

const held = () => {
  const calls: ((error: Error | null) => void)[] = []
  return { calls, disk: new DiskSync(path, (_fd, done) => void calls.push(done)) }
}

test('a file is synced by the system', async () => {
  const disk = new DiskSync(path)
  expect(await new Promise((resolve) => disk.sync(resolve))).toBeUndefined()
  await disk.idle()
  await disk.close()
})

test('whoever asks while a sync is under way shares the next, in the order of asking', async () => {
  const { calls, disk } = held()
  const told: string[] = []
  for (const name of ['a', 'b', 'c']) disk.sync(() => void told.push(name))
  expect(calls).toHaveLength(1)
  calls[0]?.(null)
  expect(told).toEqual(['a'])
  expect(calls).toHaveLength(2)
  const idle = disk.idle()
  calls[1]?.(null)
  await idle
  expect(told).toEqual(['a', 'b', 'c'])
  expect(calls).toHaveLength(2)
  await disk.close()
})

test('one asked for by who was just told waits for a sync of its own', async () => {
  const { calls, disk } = held()
  const told: string[] = []
  disk.sync(() => disk.sync(() => void told.push('again')))
  calls[0]?.(null)
  expect(calls).toHaveLength(2)
  expect(told).toEqual([])
  calls[1]?.(null)
  expect(told).toEqual(['again'])
  await disk.close()
})

test('after one that failed none is claimed to have succeeded', async () => {
  const { calls, disk } = held()
  const told: (string | undefined)[] = []
  disk.sync((error) => void told.push(error?.message))
  disk.sync((error) => void told.push(error?.message))
  calls[0]?.(new Error('EIO'))
  await disk.idle()
  disk.sync((error) => void told.push(error?.message))
  await disk.idle()
  expect(told).toEqual(['EIO', 'EIO', 'EIO'])
  expect(calls).toHaveLength(1)
  await disk.close()
})
