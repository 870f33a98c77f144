/**
 * Debian's Redis, fetched and unpacked as any user: nothing gets installed and no service starts. Needs `apt-get` and `dpkg`,
 * so it works on Debian and its derivatives.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cachedFolder } from './cache-folder.ts'

const run = promisify(execFile)

export interface RedisProgram {
  readonly command: string
  /** Added to the environment in which it runs. */
  readonly env: Readonly<Record<string, string>>
}

const FETCH_TIMEOUT_MS = 2 * 60_000
/** The program is a link from the first package into the second. */
const PACKAGES = ['redis-server', 'redis-tools']
/** Unpacked beside the system's own, these break what is linked to that. */
const NEVER = new Set(['libc6', 'libc-bin', 'libcrypt1'])

/** Packages that `apt-get -s install` says it would install: `Inst libjemalloc2 (5.3.0-1 Debian:12 [amd64])`. */
export const missingPackages = (simulation: string): readonly string[] => {
  const named = [...simulation.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '')
  return [...new Set([...PACKAGES, ...named])].filter((name) => !NEVER.has(name.replace(/:.*/, '')))
}

const said = (error: unknown): string => {
  const { code, stderr = '', message } = error as NodeJS.ErrnoException & { stderr?: string }
  if (code === 'ENOENT') return 'no `apt-get` or `dpkg` on PATH'
  return (stderr.split('\n').find((line) => line.startsWith('E:')) ?? message).trim()
}

const fetchPackages = async (folder: string, aptOptions: readonly string[]): Promise<void> => {
  const apt = (...args: readonly string[]) =>
    run('apt-get', [...aptOptions, ...args], { cwd: folder, timeout: FETCH_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 })
  const { stdout } = await apt('-s', '--no-install-recommends', 'install', ...PACKAGES)
  await apt('-q', 'download', ...missingPackages(stdout))
}

/** With package lists of our own: the machine's may be empty, as in images, or too old, and only root may renew them. */
const ownLists = async (folder: string): Promise<readonly string[]> => {
  const state = join(folder, 'apt')
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true })
  mkdirSync(join(state, 'archives', 'partial'), { recursive: true })
  const options = [`Dir::State::Lists=${join(state, 'lists')}`, `Dir::Cache=${state}`, 'APT::Sandbox::User=']
  const args = options.flatMap((option) => ['-o', option])
  await run('apt-get', [...args, '-q', 'update'], { timeout: FETCH_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 })
  return args
}

const fill = async (folder: string, print: (line: string) => void): Promise<void> => {
  print('fetching Redis from Debian, once (3 MB)')
  try {
    await fetchPackages(folder, []).catch(async () => fetchPackages(folder, await ownLists(folder)))
    const root = join(folder, 'root')
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(folder, file), root], { timeout: FETCH_TIMEOUT_MS })
      rmSync(join(folder, file))
    }
    rmSync(join(folder, 'apt'), { recursive: true, force: true })
  } catch (error) {
    throw new Error(said(error), { cause: error })
  }
}

const edition = (): string => {
  try {
    const text = readFileSync('/etc/os-release', 'utf8')
    const value = (name: string): string => new RegExp(`^${name}="?([\\w.-]*)`, 'm').exec(text)?.[1] ?? ''
    return `${value('ID')}-${value('VERSION_ID')}-${process.arch}`
  } catch {
    return process.arch
  }
}

/** Throws with what went wrong. */
export const fetchDebianRedis = async (print: (line: string) => void): Promise<RedisProgram> => {
  const folder = await cachedFolder(`redis-${edition()}`, (partial) => fill(partial, print))
  // Nothing there if the system has all libraries already.
  const libraryPath = ['lib', 'usr/lib'].flatMap((part) => {
    const libs = join(folder, 'root', part)
    const folders = existsSync(libs) ? readdirSync(libs).filter((name) => name.includes('-linux-')) : []
    return [libs, ...folders.map((name) => join(libs, name))]
  })
  return {
    command: join(folder, 'root', 'usr', 'bin', 'redis-server'),
    env: { LD_LIBRARY_PATH: libraryPath.join(':') },
  }
}
