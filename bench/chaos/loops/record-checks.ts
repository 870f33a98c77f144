/** Whether all that a participant did was ordered, by an order that the loop had taken, and nothing against a newer one. Pure. */
import { levelOf } from '../../../actors/control-loop/transition-table.ts'
import type { OrderedState } from '../../../participants/protocol/states.ts'
import type { Cause } from './loop-history.ts'
import type { Did, Heard, RecordEntry } from './participant-record.ts'

export interface RecordCheckOptions {
  /** For people. */
  readonly participant: string
  /** What each process of it noted. */
  readonly processes: readonly (readonly RecordEntry[])[]
  /** Of a message that a loop has sent. */
  readonly causeOf: (loop: string, messageId: string) => Cause | undefined
  /** What was decided at this time may have been lost with the store's last second. */
  readonly isMaybeLost: (atMs: number) => boolean
}

export interface RecordVerdict {
  readonly violations: readonly string[]
  /** Where each element is, in the last process. */
  readonly states: ReadonlyMap<string, OrderedState>
  readonly operations: number
  readonly failures: number
}

export const checkRecord = (options: RecordCheckOptions): RecordVerdict => {
  const { processes } = options
  const entries = processes.flat()
  const last = (processes.at(-1) ?? []).filter(isDid)
  return {
    violations: processes.flatMap((each) => violationsIn(each, options)),
    states: new Map(last.map(({ elementId, to }) => [elementId, to])),
    operations: entries.filter(isDid).length,
    failures: entries.filter(({ what }) => what === 'failed').length,
  }
}

const isDid = (entry: RecordEntry): entry is Did => entry.what === 'did'

const violationsIn = (process: readonly RecordEntry[], options: RecordCheckOptions): readonly string[] => {
  const { participant, causeOf, isMaybeLost } = options
  const violations: string[] = []
  /** By element, with their line. */
  const heard = new Map<string, { readonly at: number; readonly order: Heard }[]>()
  const states = new Map<string, OrderedState>()
  for (const [at, entry] of process.entries()) {
    if (entry.what === 'heard')
      for (const id of entry.elementIds) heard.set(id, [...(heard.get(id) ?? []), { at, order: entry }])
    if (entry.what !== 'did') continue
    const { elementId, operation, loop, from, to, begun } = entry
    const what = `${participant} did ${operation} of ${elementId} (${loop})`
    if (from !== (states.get(elementId) ?? 'UNINITIALISED')) violations.push(`${what} from ${from}, where it was not`)
    states.set(elementId, to)
    const isUp = operation === 'instantiate' || operation === 'run'
    const before = (heard.get(elementId) ?? []).filter((each) => each.at < begun)
    const cause = before.findLast(({ order }) => asksFor(order.orderedState, to, isUp))
    if (!cause) {
      violations.push(`${what}, which nobody had ordered`)
      continue
    }
    const { messageId, sentAtMs } = cause.order
    const known = causeOf(loop, messageId)
    if (!known && !isMaybeLost(sentAtMs))
      violations.push(`${what} because of ${messageId}, which the loop doesn't know that it sent`)
    if (known && isAgainst(known.orderedState, to, isUp))
      violations.push(`${what} because of ${messageId}, against order ${known.key} to ${known.orderedState}`)
    const newer = before.find((each) => each.at > cause.at && isAgainst(each.order.orderedState, to, isUp))
    if (newer)
      violations.push(`${what}, begun after ${newer.order.messageId} had ordered it to ${newer.order.orderedState}`)
  }
  return violations
}

/** On the way to what was ordered lies `to`. */
const asksFor = (ordered: OrderedState, to: OrderedState, isUp: boolean): boolean =>
  isUp ? levelOf(ordered) >= levelOf(to) : levelOf(ordered) <= levelOf(to)

/** It goes beyond, away from what was ordered. */
const isAgainst = (ordered: OrderedState, to: OrderedState, isUp: boolean): boolean => !asksFor(ordered, to, isUp)
