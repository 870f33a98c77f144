/** Asks every shard over and over whether somebody serves it. */
import { until } from '../../runtime/testing/until.ts'
import type { Node } from '../../runtime/node.ts'
import { shardProbe } from '../../runtime/testing/probe-entity.ts'
import { allAnswer, type ProbeAnswer } from './gaps.ts'

export interface Prober {
  /** So far; those that were never answered are not among them. */
  readonly answers: readonly ProbeAnswer[]
  /** Resolves when every shard has answered a probe sent after `sinceMs`, promptly. */
  allAnswer(sinceMs: number, deadlineMs: number): Promise<void>
  /** No more probes; resolves when those under way are answered or given up. */
  stop(): Promise<void>
}

/** An answer that takes longer shows that nobody served the shard when it was asked. */
export const SLOW_MS = 500
const EVERY_MS = 50
const ASK_DEADLINE_MS = 30_000

export const startProber = (node: Node, shards: number): Prober => {
  const answers: ProbeAnswer[] = []
  const underway = new Set<Promise<void>>()
  const probe = (shard: number): void => {
    const sentMs = performance.now()
    const one = node.ask(shardProbe(shard), { type: 'probe' }, { sender: 'bench', deadlineMs: ASK_DEADLINE_MS }).then(
      () => void answers.push({ shard, sentMs, answeredMs: performance.now() }),
      // A reply can be lost with the node that gave it; the next probe tells.
      () => undefined,
    )
    underway.add(one)
    void one.finally(() => underway.delete(one))
  }
  const all = (): void => {
    for (let shard = 0; shard < shards; shard++) probe(shard)
  }
  all()
  const timer = setInterval(all, EVERY_MS)
  return {
    answers,
    allAnswer: (sinceMs, deadlineMs) => until(() => allAnswer(answers, shards, sinceMs, SLOW_MS), deadlineMs),
    stop: async () => {
      clearInterval(timer)
      await Promise.all(underway)
    },
  }
}
