/** Where the time goes: a CPU profile of this process between two moments, and its top self times. */
import { Session } from 'node:inspector/promises'
import type { Profiler } from 'node:inspector'
import { fileURLToPath } from 'node:url'

export interface SelfTime {
  readonly name: string
  /** Of the time in which the process was not idle. */
  readonly share: number
}

export interface ProfileSummary {
  /** Time in which the process did anything, as a share of the time measured. */
  readonly busyShare: number
  readonly functions: readonly SelfTime[]
  /** By folder of ours, npm package, or part of Node. */
  readonly areas: readonly SelfTime[]
}

const SAMPLE_EVERY_MICROSECONDS = 250
const FUNCTIONS_MAX = 60
const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Starts sampling; the returned function ends it. */
export const startProfile = async (): Promise<() => Promise<ProfileSummary>> => {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_MICROSECONDS })
  await session.post('Profiler.start')
  return async () => {
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    return summaryOf(profile)
  }
}

const fileOf = (url: string): string => (url.startsWith('file://') ? fileURLToPath(url) : url)

const placeOf = ({ functionName, url, lineNumber }: Profiler.ProfileNode['callFrame']): string => {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name.startsWith('(') ? name : `${name} (native)`
  return `${name} (${fileOf(url).replace(ROOT, '').replace('node_modules/', '')}:${lineNumber + 1})`
}

const areaOf = ({ functionName, url }: Profiler.ProfileNode['callFrame']): string => {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native code (SQLite, crypto, buffers, …)'
  if (url.startsWith('node:')) return "Node's own JavaScript"
  const file = fileOf(url)
  const [, inModules] = file.split('node_modules/')
  if (inModules === undefined) return `${file.replace(ROOT, '').split('/')[0]}/`
  const parts = inModules.split('/')
  return `npm ${inModules.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]}`
}

export const summaryOf = (profile: Profiler.Profile): ProfileSummary => {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]))
  const byFunction = new Map<string, number>()
  const byArea = new Map<string, number>()
  let [total, idle] = [0, 0]
  profile.samples?.forEach((id, index) => {
    const frame = frames.get(id)
    const time = Math.max(0, profile.timeDeltas?.[index] ?? 0)
    total += time
    if (!frame) return
    // Starting and stopping the profile itself is no work either.
    if (frame.functionName === '(idle)' || frame.url === 'node:inspector') {
      idle += time
      return
    }
    byFunction.set(placeOf(frame), (byFunction.get(placeOf(frame)) ?? 0) + time)
    byArea.set(areaOf(frame), (byArea.get(areaOf(frame)) ?? 0) + time)
  })
  const busy = Math.max(1, total - idle)
  const shares = (times: ReadonlyMap<string, number>): SelfTime[] =>
    [...times]
      .map(([name, time]) => ({ name, share: time / busy }))
      .sort((left, right) => right.share - left.share)
      .slice(0, FUNCTIONS_MAX)
  return { busyShare: total === 0 ? 0 : busy / total, functions: shares(byFunction), areas: shares(byArea) }
}

/** Of several parts of a run that are about equally long. */
export const mergedProfiles = (parts: readonly ProfileSummary[]): ProfileSummary | undefined => {
  if (parts.length === 0) return undefined
  const mean = (of: (part: ProfileSummary) => readonly SelfTime[]): SelfTime[] => {
    const sums = new Map<string, number>()
    for (const part of parts)
      for (const { name, share } of of(part)) sums.set(name, (sums.get(name) ?? 0) + share / parts.length)
    return [...sums].map(([name, share]) => ({ name, share })).sort((left, right) => right.share - left.share)
  }
  return {
    busyShare: parts.reduce((sum, { busyShare }) => sum + busyShare, 0) / parts.length,
    functions: mean(({ functions }) => functions),
    areas: mean(({ areas }) => areas),
  }
}
