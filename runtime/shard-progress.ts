/**
 * How far a shard has handled its input: its group is told, for metrics; and the log is told what it may forget. It
 * keeps what was handled a short while ago: a store that lost its last commits is repaired by handling that again.
 */
import { type RuntimeConfig, SHARD_TOPIC } from './config.ts'
import { OneShot } from './one-shot.ts'
import type { Clock, Log, LogMembership } from './ports.ts'

export interface ShardProgressOptions {
  readonly shard: number
  readonly config: Pick<RuntimeConfig, 'logKeepMs' | 'logKeepRecords' | 'tellProgressMs'>
  readonly clock: Clock
  readonly log: Log
  readonly membership: () => LogMembership | undefined
}

/** Times that are remembered within `logKeepMs`: the log keeps records for longer by up to one part of so many. */
const SAMPLES = 8

const ignore = (): void => undefined

export class ShardProgress {
  readonly #options: ShardProgressOptions
  readonly #tell: OneShot
  /** Offsets and when they were committed, oldest first; the first is the latest that is old enough, if there is one. */
  #samples: { readonly nextOffset: number; readonly atMs: number }[] = []
  #nextOffset = 0
  #trimmedTo = 0

  constructor(options: ShardProgressOptions) {
    this.#options = options
    this.#tell = new OneShot(options.clock)
  }

  /** Everything before `nextOffset` has been committed, by now at the latest. */
  committed(nextOffset: number): void {
    const { shard, config, log, membership } = this.#options
    this.#nextOffset = nextOffset
    // Once in a while is enough.
    this.#tell.in(config.tellProgressMs, () => {
      membership()?.commit(shard, this.#nextOffset).catch(ignore)
    })
    const trimTo = Math.min(this.#committedLongAgo(nextOffset), nextOffset - config.logKeepRecords)
    if (trimTo - this.#trimmedTo < Math.max(1, config.logKeepRecords)) return
    this.#trimmedTo = trimTo
    log.trim(SHARD_TOPIC, shard, trimTo).catch(ignore)
  }

  stop(): void {
    this.#tell.cancel()
  }

  /** Up to where everything was committed at least `logKeepMs` ago, as far as that is remembered. */
  #committedLongAgo(nextOffset: number): number {
    const { clock, config } = this.#options
    if (config.logKeepMs <= 0) return nextOffset
    const nowMs = clock.now()
    const latest = this.#samples.at(-1)
    if (!latest || nowMs - latest.atMs >= config.logKeepMs / SAMPLES) this.#samples.push({ nextOffset, atMs: nowMs })
    const isOld = ({ atMs }: { readonly atMs: number }): boolean => nowMs - atMs >= config.logKeepMs
    while (this.#samples[1] && isOld(this.#samples[1])) this.#samples.shift()
    const [first] = this.#samples
    return first && isOld(first) ? first.nextOffset : 0
  }
}
