import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { cacheRoot, cachedFolder } from './cache-folder.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-cache-'))
  vi.stubEnv('XDG_CACHE_HOME', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const write = async (into: string): Promise<void> => writeFileSync(join(into, 'file'), 'full')

test('a folder is filled once', async () => {
  const fill = vi.fn(write)
  const first = await cachedFolder('jars', fill)
  expect(await cachedFolder('jars', fill)).toBe(first)
  expect(fill).toHaveBeenCalledTimes(1)
  expect(readFileSync(join(first, 'file'), 'utf8')).toBe('full')
  expect(readdirSync(cacheRoot())).toEqual(['jars'])
})

test('a failure leaves nothing that would be taken for a filled folder', async () => {
  const fail = async (into: string): Promise<void> => {
    await write(into)
    throw new Error('no network')
  }
  await expect(cachedFolder('jars', fail)).rejects.toThrow('no network')
  expect(readdirSync(cacheRoot())).toEqual([])
})

test('it has its name only when it is complete, and who comes meanwhile waits for it', async () => {
  const named = join(cacheRoot(), 'jars')
  const fill = vi.fn(async (into: string) => {
    await write(into)
    expect(existsSync(named)).toBe(false)
  })
  const found = await Promise.all([cachedFolder('jars', fill), cachedFolder('jars', fill)])
  expect(found).toEqual([named, named])
  expect(fill).toHaveBeenCalledTimes(1)
})

test('the lock and the half-filled folder of a process that was killed hold nobody up', async () => {
  mkdirSync(join(cacheRoot(), 'jars.partial-abcdef'), { recursive: true })
  // No process has this number: it is above the largest that Linux gives.
  writeFileSync(join(cacheRoot(), 'jars.lock'), '99999999')
  expect(readdirSync(await cachedFolder('jars', write))).toEqual(['file'])
})
