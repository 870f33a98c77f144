/** How large growth is measured, and what is measured at each size. */
import type { LoadOutcome } from './load.ts'
import type { Seeded } from './seeding.ts'

export interface GrowthSize {
  readonly shards: number
  readonly nodes: number
  /** Rising. */
  readonly actors: readonly number[]
  /** Seconds of doing nothing; the last size gets `idleSecondsLast`. */
  readonly idleSeconds: number
  readonly idleSecondsLast: number
  readonly perSecond: number
  readonly warmUpSeconds: number
  readonly seconds: number
  readonly samples: number
}

/** Seconds of processor time, of all members together. */
export interface Cpu {
  readonly nodes: number
  readonly redis: number
  readonly kafka: number | undefined
}

export interface GrowthStep {
  readonly actors: number
  readonly seeded: Seeded
  /** How much more Redis has taken since there was nobody, by the end of the seeding; seeded parts only. */
  readonly redisBytes: number
  readonly aofBytes: number
  /** Of the whole file, right after it was written anew. */
  readonly rewrittenAofBytes: number
  readonly rewriteSeconds: number
  readonly idle: {
    readonly seconds: number
    readonly cpu: Cpu
    readonly rssBytes: number
    readonly heapBytes: number
    readonly entitiesInMemory: number
  }
  readonly load: LoadOutcome & { readonly cpu: Cpu; readonly clientCpuSeconds: number }
  readonly entitiesInMemoryAfter: number
}
