/** When was each shard not served? Read off the answers to probes that were sent all the time. Pure. */

export interface ProbeAnswer {
  readonly shard: number
  readonly sentMs: number
  readonly answeredMs: number
}

export interface Gap {
  readonly shard: number
  /** Between two answers that followed each other. */
  readonly fromMs: number
  readonly toMs: number
}

export const gapMs = ({ fromMs, toMs }: Gap): number => toMs - fromMs

/**
 * The longest time in which a shard gave no answer, by shard, within a span: its beginning and its end count as answers,
 * so a shard that never answers has a gap as long as the span.
 */
export const longestGaps = (
  answers: readonly ProbeAnswer[],
  shards: number,
  span: { readonly fromMs: number; readonly toMs: number },
): readonly Gap[] => {
  const byShard = Map.groupBy(answers, ({ shard }) => shard)
  return Array.from({ length: shards }, (_, shard) => {
    const times = (byShard.get(shard) ?? [])
      .map(({ answeredMs }) => answeredMs)
      .filter((atMs) => atMs > span.fromMs && atMs < span.toMs)
      .sort((left, right) => left - right)
    let longest: Gap = { shard, fromMs: span.fromMs, toMs: span.fromMs }
    let last = span.fromMs
    for (const atMs of [...times, span.toMs]) {
      if (atMs - last > gapMs(longest)) longest = { shard, fromMs: last, toMs: atMs }
      last = atMs
    }
    return longest
  })
}

/**
 * How long after `sinceMs` each shard answers again for good: until the answer that came last among those to probes
 * that took longer than `slowMs`; 0: it never stopped. Probes sent before `sinceMs` count if they were open then.
 */
export const servedAgainAfter = (
  answers: readonly ProbeAnswer[],
  shards: number,
  sinceMs: number,
  slowMs: number,
): readonly number[] => {
  const after = new Array<number>(shards).fill(0)
  for (const { shard, sentMs, answeredMs } of answers)
    if (answeredMs > sinceMs && answeredMs - sentMs > slowMs)
      after[shard] = Math.max(after[shard] ?? 0, answeredMs - sinceMs)
  return after
}

/** Every shard has answered a probe that was sent after `sinceMs`, and promptly. */
export const allAnswer = (answers: readonly ProbeAnswer[], shards: number, sinceMs: number, slowMs: number): boolean =>
  new Set(
    answers
      .filter(({ sentMs, answeredMs }) => sentMs > sinceMs && answeredMs - sentMs <= slowMs)
      .map(({ shard }) => shard),
  ).size === shards
