/** The report's part on control loops. */
import { quantile } from '../../figures.ts'
import type { LoopVerdict } from './loop-checks.ts'
import type { Loops } from './loops.ts'

export interface LoopFigures {
  readonly participants: number
  readonly loops: number
  readonly deleted: number
  readonly orders: number
  /** Requests that got no answer, and refusals of a store that was behind. */
  readonly repeated: number
  readonly operations: number
  readonly failures: number
  readonly alarms: LoopVerdict['alarms']
  /** From an order's first attempt until it was answered, and until the loop was seen where it was to be. */
  readonly acceptedMs: Quantiles
  readonly reachedMs: Quantiles
  /** Orders that were given another before they were carried out. */
  readonly turnedBack: number
}

interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly longest: number
}

export const loopFigures = (
  { loops, clients }: Loops,
  { operations, failures, alarms }: LoopVerdict,
  participants: number,
): LoopFigures => {
  const orders = loops.flatMap((loop) => loop.orders)
  const reached = orders.flatMap(({ sentMs, reachedMs }) => (reachedMs === undefined ? [] : [reachedMs - sentMs]))
  return {
    participants,
    loops: loops.length,
    deleted: loops.filter(({ isDeleted }) => isDeleted).length,
    orders: orders.length,
    repeated: clients.reduce((sum, { unanswered, refused }) => sum + unanswered + refused, 0),
    operations,
    failures,
    alarms,
    acceptedMs: quantilesOf(orders.map(({ sentMs, acceptedMs }) => acceptedMs - sentMs)),
    reachedMs: quantilesOf(reached),
    turnedBack: orders.length - reached.length,
  }
}

const quantilesOf = (values: readonly number[]): Quantiles => {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (share: number): number => Math.round(quantile(sorted, share))
  return { p50: at(0.5), p95: at(0.95), longest: at(1) }
}

export const loopLines = (figures: LoopFigures): readonly string[] => {
  const { participants, loops, deleted, orders, repeated, operations, failures, alarms, turnedBack } = figures
  return [
    '## Control loops',
    '',
    `- ${loops} loops of four elements in three start phases over ${participants} participants, ${deleted} of them deleted again`,
    `- ${orders} orders accepted over HTTP (${repeated} requests repeated); ${turnedBack} of them turned back before they were carried out`,
    `- ${operations} changes of elements by participants, each held against the orders that caused it; ${failures} failed by script`,
    `- ${alarms.loops} alarms of loops that didn't get on, ${alarms.participants} of participants that weren't heard of; all cleared in the end`,
    '',
    '| under faults | half within | 95 % within | longest |',
    '| --- | ---: | ---: | ---: |',
    quantileLine('an order is answered', figures.acceptedMs),
    quantileLine('the loop is seen where it was ordered', figures.reachedMs),
    '',
  ]
}

const quantileLine = (title: string, { p50, p95, longest }: Quantiles): string =>
  `| ${title} | ${p50} ms | ${p95} ms | ${longest} ms |`
