/**
 * Folders with what was fetched once. A folder appears under its name only when it is complete, by a rename, so a
 * half-filled one is never used, and of two processes that fill it at the same time the second uses the first one's.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export const cacheRoot = (): string => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'homeostat')

const WAIT_MS_MAX = 5 * 60_000
const POLL_MS = 100
/** A lock without an owner's number in it: its owner died while it wrote that, or is about to. */
const UNSIGNED_MS_MAX = 5_000

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const isAbandoned = (lock: string): boolean => {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    return pid > 0 ? !isAlive(pid) : Date.now() - statSync(lock).mtimeMs > UNSIGNED_MS_MAX
  } catch {
    return false
  }
}

/**
 * Waits while another process holds the lock, so that the same isn't fetched twice at once. A courtesy only: whoever waits too
 * long, or takes an abandoned lock at the same time as another, goes on, and the rename keeps that right.
 */
const lockOrWait = async (lock: string, isDone: () => boolean): Promise<void> => {
  const deadlineMs = Date.now() + WAIT_MS_MAX
  while (!isDone() && Date.now() < deadlineMs) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (isAbandoned(lock)) rmSync(lock, { force: true })
    else await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** The folder `name` in the cache, filled by `fill` if it isn't there. What `fill` throws is thrown, and nothing stays behind. */
export const cachedFolder = async (name: string, fill: (folder: string) => Promise<void>): Promise<string> => {
  const root = cacheRoot()
  const final = join(root, name)
  if (existsSync(final)) return final
  mkdirSync(root, { recursive: true })
  const lock = `${final}.lock`
  await lockOrWait(lock, () => existsSync(final))
  if (existsSync(final)) return final
  const partial = mkdtempSync(`${final}.partial-`)
  try {
    await fill(partial)
    renameSync(partial, final)
  } catch (error) {
    if (!existsSync(final)) throw error
  } finally {
    rmSync(partial, { recursive: true, force: true })
    rmSync(lock, { force: true })
  }
  return final
}
