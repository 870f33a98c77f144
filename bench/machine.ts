/** What the figures were measured on: without it they say nothing. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { resolve } from 'node:path'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly kernel: string
  readonly node: string
  /** Of the folder in which data is written. */
  readonly fileSystem: string
  readonly date: string
  /** With `+changes` if the working tree differs from it. */
  readonly commit: string
  /** Load average of the last minute, when the bench began: what else the machine was busy with. */
  readonly load: number
}

/** Type and device, from the longest mount point above the folder. */
const fileSystemOf = (folder: string): string => {
  try {
    const above = `${resolve(folder)}/`
    const [mount] = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, point]) => point !== undefined && above.startsWith(point === '/' ? '/' : `${point}/`))
      .sort((left, right) => (right[1]?.length ?? 0) - (left[1]?.length ?? 0))
    return mount ? `${mount[2]} on ${mount[0]}` : 'unknown'
  } catch {
    return 'unknown'
  }
}

const git = (...args: string[]): string | undefined => {
  try {
    return execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}

export const machineFacts = (dataFolder: string): Machine => {
  const commit = git('rev-parse', '--short=12', 'HEAD')
  // Reports are written by the bench itself.
  const changes = git('status', '--porcelain', '--untracked-files=no', '--', '..', ':!reports')
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    kernel: `${type()} ${release()}`,
    node: process.version,
    fileSystem: fileSystemOf(dataFolder),
    date: new Date().toISOString(),
    commit: commit === undefined ? 'unknown' : commit + (changes ? '+changes' : ''),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

export const machineText = (machine: Machine): string =>
  `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.kernel}, Node ${machine.node}, ` +
  `${machine.fileSystem}, ${machine.date}, commit ${machine.commit}, load ${machine.load} at the start`
