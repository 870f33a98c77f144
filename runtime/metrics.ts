/** Figures of a running node: counters, gauges and histograms, as Prometheus knows them. */
export interface MetricSample {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
  /** Of a histogram: cumulative counts by upper bound (seconds), then `value` is the sum of all observations. */
  readonly buckets?: readonly { readonly le: number; readonly count: number }[]
  readonly count?: number
}

export class Counter {
  value = 0
  add(amount: number): void {
    this.value += amount
  }
}

const BOUNDS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

export class Histogram {
  readonly #counts: number[] = BOUNDS_SECONDS.map(() => 0)
  #sum = 0
  #count = 0

  observe(seconds: number): void {
    this.#sum += seconds
    this.#count++
    const index = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound)
    if (index >= 0) this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  sample(name: string, help: string, labels?: Readonly<Record<string, string>>): MetricSample {
    let below = 0
    return {
      name,
      help,
      type: 'histogram',
      ...(labels ? { labels } : {}),
      value: this.#sum,
      count: this.#count,
      buckets: BOUNDS_SECONDS.map((le, index) => ({ le, count: (below += this.#counts[index] ?? 0) })),
    }
  }
}

export const gauge = (name: string, help: string, value: number): MetricSample => ({
  name: `homeostat_runtime_${name}`,
  help,
  type: 'gauge',
  value,
})

/** What the runtime counts. */
export class RuntimeMetrics {
  readonly messagesHandled = new Counter()
  readonly repetitionsDropped = new Counter()
  readonly staleTimersDropped = new Counter()
  readonly deadLetters = new Counter()
  readonly eventsStored = new Counter()
  readonly commits = new Counter()
  readonly commitSeconds = new Histogram()
  readonly repliesSent = new Counter()
  readonly repliesTooLate = new Counter()
  readonly outboxPublished = new Counter()
  readonly retries = new Counter()
  readonly shardRestarts = new Counter()
  readonly shardsLost = new Counter()

  samples(): readonly MetricSample[] {
    const counter = (name: string, help: string, of: Counter): MetricSample => ({
      name: `homeostat_runtime_${name}_total`,
      help,
      type: 'counter',
      value: of.value,
    })
    return [
      counter('messages_handled', 'Messages handled by entities', this.messagesHandled),
      counter('repetitions_dropped', 'Messages dropped because they had been handled', this.repetitionsDropped),
      counter('stale_timers_dropped', 'Timer firings dropped as out of date', this.staleTimersDropped),
      counter('dead_letters', 'Messages that could not be handled', this.deadLetters),
      counter('events_stored', 'Events stored', this.eventsStored),
      counter('commits', 'Commits of shards', this.commits),
      this.commitSeconds.sample('homeostat_runtime_commit_seconds', 'Duration of a commit'),
      counter('replies_sent', 'Replies sent to askers', this.repliesSent),
      counter('replies_too_late', 'Replies not sent because their askers had given up', this.repliesTooLate),
      counter('outbox_published', 'Outbox entries brought to the log', this.outboxPublished),
      counter('retries', 'Failed operations on log or store that were tried again', this.retries),
      counter('shard_restarts', 'Restarts of shard runners', this.shardRestarts),
      counter('shards_lost', 'Shards that another owner took over', this.shardsLost),
    ]
  }
}
