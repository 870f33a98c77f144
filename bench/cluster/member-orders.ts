/** What the bench asks of its node processes, and what they answer. */
import type { ProfileSummary } from '../profile.ts'

export interface MemberUse {
  /** Of the whole process, since it was started. */
  readonly cpuSeconds: number
  readonly rssBytes: number
  /** Heap and what it holds outside of it, after a garbage collection. */
  readonly heapBytes: number
  readonly shards: readonly number[]
  readonly entitiesInMemory: number
  readonly handled: number
  readonly commits: number
}

export interface MemberAnswers {
  readonly use: MemberUse
  readonly 'start-profile': null
  readonly 'stop-profile': ProfileSummary
}

export type MemberQuestion = keyof MemberAnswers

export interface MemberRequest {
  readonly number: number
  readonly question: MemberQuestion
}

export type MemberReport =
  | { readonly type: 'up'; readonly url: string }
  | { readonly type: 'answer'; readonly number: number; readonly value: unknown }

/** Variables by which a node of the bench is told what the product has no settings for. */
export const RUNTIME_VARIABLE = 'BENCH_RUNTIME'
