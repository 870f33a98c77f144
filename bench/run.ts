/** One run of a measurement, in a process of its own: what it is given, and what it tells its parent. */
import { startProfile, type ProfileSummary } from './profile.ts'
import type { Outcome } from './figures.ts'

export interface Run<Size> {
  /** Empty, and deleted afterwards. */
  readonly folder: string
  readonly size: Size
  /** Runs the part that counts; takes the CPU profile of it if one was asked for. */
  readonly profiled: <Result>(work: () => Promise<Result>) => Promise<Result>
}

export interface RunRequest {
  readonly measurement: string
  readonly folder: string
  readonly size: unknown
  readonly profile: boolean
}

export type RunReport =
  | { readonly type: 'done'; readonly outcome: Outcome; readonly profiles: readonly ProfileSummary[] }
  | { readonly type: 'lost'; readonly what: string }
  | { readonly type: 'failed'; readonly error: string }

/** Gathers the profiles of the parts that count. */
export const profiler = (isWanted: boolean) => {
  const profiles: ProfileSummary[] = []
  return {
    profiles,
    profiled: async <Result>(work: () => Promise<Result>): Promise<Result> => {
      if (!isWanted) return work()
      const stop = await startProfile()
      try {
        return await work()
      } finally {
        profiles.push(await stop())
      }
    },
  }
}
