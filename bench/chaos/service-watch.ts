/**
 * When is every shard served again? One probe a shard is asked over and over by a client that no fault befalls; a shard
 * is out of service while a probe of it is slow to be answered.
 */

export interface Probe {
  readonly sentAt: number
  /** Absent: not answered yet, or never. */
  answeredAt?: number
}

export interface ServiceWatchOptions {
  readonly shards: number
  /** Resolves when the shard has answered; rejects if it doesn't within some time. */
  readonly ask: (shard: number) => Promise<unknown>
  readonly everyMs: number
}

/** An answer that takes longer shows that nobody served the shard when it was asked. */
export const SLOW_MS = 1_000
/** So long must each shard answer promptly to count as served again. */
const STEADY_MS = 1_000
const PROBES_MAX = 1_000

/** Milliseconds from `since` to the last answer of each shard that was slow to come, 0 where none was; by shard. */
export const outages = (probes: readonly (readonly Probe[])[], since: number): readonly number[] =>
  probes.map((each) =>
    each.reduce((longest, { sentAt, answeredAt }) => {
      const isSlow = answeredAt !== undefined && answeredAt - sentAt > SLOW_MS
      return isSlow ? Math.max(longest, answeredAt - since) : longest
    }, 0),
  )

/** Every probe of the last moments was answered promptly, on every shard. */
export const isSteady = (probes: readonly (readonly Probe[])[], since: number, now: number): boolean =>
  now - since >= STEADY_MS + SLOW_MS &&
  probes.every((each) => {
    const due = each.filter(
      ({ sentAt }) => sentAt >= Math.max(since, now - STEADY_MS - SLOW_MS) && sentAt <= now - SLOW_MS,
    )
    return (
      due.length > 0 &&
      due.every(({ sentAt, answeredAt }) => answeredAt !== undefined && answeredAt - sentAt <= SLOW_MS)
    )
  })

export interface Served {
  /** False: it was given up at the deadline. */
  readonly isServed: boolean
  /** Until the last shard was served again. */
  readonly tookMs: number
  /** The shards that took longest, or that aren't served. */
  readonly slowest: readonly { readonly shard: number; readonly tookMs: number }[]
}

/** Probes all shards from now on until all are served again, or until `deadlineMs` have passed since `since`. */
export const watchService = async (
  { shards, ask, everyMs }: ServiceWatchOptions,
  since: number,
  deadlineMs: number,
): Promise<Served> => {
  const probes = Array.from({ length: shards }, (): Probe[] => [])
  const send = (): void => {
    for (const [shard, sent] of probes.entries()) {
      const one: Probe = { sentAt: performance.now() }
      sent.push(one)
      if (sent.length > PROBES_MAX) sent.shift()
      ask(shard).then(
        () => (one.answeredAt = performance.now()),
        // Without an answer: whether it was served shows in the probes after it.
        () => undefined,
      )
    }
  }
  send()
  const timer = setInterval(send, everyMs)
  try {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, everyMs / 2))
      const now = performance.now()
      if (isSteady(probes, since, now)) return servedOf(outages(probes, since), true)
      if (now - since > deadlineMs) {
        const open = probes.map((each) => (isSteady([each], since, now) ? 0 : now - since))
        return servedOf(open, false)
      }
    }
  } finally {
    clearInterval(timer)
  }
}

const servedOf = (tookMs: readonly number[], isServed: boolean): Served => ({
  isServed,
  tookMs: Math.max(0, ...tookMs),
  slowest: tookMs
    .map((each, shard) => ({ shard, tookMs: Math.round(each) }))
    .filter((each) => each.tookMs > 0)
    .sort((a, b) => b.tookMs - a.tookMs)
    .slice(0, 4),
})
