/**
 * Checks a recorded execution against the ordering rules, without any knowledge of the planner: that everything happened
 * that had to, nothing else, in an order that the rules allow, one thing at a time per resource, and that nothing began
 * later than the latest of its reasons.
 */
import { TraceModel } from './trace-model.ts'
import type { TraceNode, TraceOrder, TraceRules } from './trace-rules.ts'
import { DOWN, rulesFor, UP } from './trace-rules.ts'
import type { Recording, TraceEntry } from './trace.ts'

export interface Breach {
  readonly rule: string
  readonly message: string
}

export interface CheckOptions {
  /** How much later than its last reason something may begin: what the recording system itself needs. */
  readonly slackMs: number
}

export const checkTrace = (recording: Recording, options: CheckOptions): readonly Breach[] => {
  const rules = rulesFor(new TraceModel(recording))
  const breaches: Breach[] = []
  const breach = (rule: string, message: string): void => {
    breaches.push({ rule, message })
  }
  const entries = keyedEntries(recording.entries)
  const orders = [...binding(rules), ...stageOrders(rules)]

  for (const key of entries.keys())
    if (!rules.nodes.has(key)) breach('nothing else happens', `${key} wasn't called for`)
  if (recording.isComplete)
    for (const key of rules.nodes.keys()) if (!entries.has(key)) breach('everything happens', `${key} is missing`)
  for (const { before, after, rule } of orders) {
    const first = entries.get(before)
    const second = entries.get(after)
    if (second === undefined) continue
    if (first === undefined || !first.succeeded) breach(rule, `${after} began although ${before} wasn't done`)
    else if (first.endedSequence >= second.startedSequence) breach(rule, `${after} began before ${before} was done`)
  }
  breaches.push(...overlaps(recording.entries), ...interruptedStarts(recording.entries))
  breaches.push(...needlessWaits(recording, entries, orders, options))
  return breaches
}

/** The keys of `TraceNode`. */
const keyedEntries = (entries: readonly TraceEntry[]): ReadonlyMap<string, TraceEntry> => {
  const counts = new Map<string, number>()
  const keyed = new Map<string, TraceEntry>()
  for (const entry of [...entries].sort((left, right) => left.startedSequence - right.startedSequence)) {
    const { kind, name, instance, relationship, phase } = entry
    if (kind === 'operation') {
      const plain = `${phase} ${relationship} ${name} ${instance}`
      const count = (counts.get(plain) ?? 0) + 1
      counts.set(plain, count)
      keyed.set(`${plain} #${count}`, entry)
    } else keyed.set(kind === 'relationship' ? `${phase} ${relationship}` : `${name} ${instance}`, entry)
  }
  return keyed
}

const successorsOf = (orders: readonly TraceOrder[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...Map.groupBy(orders, (order) => order.before)].map(([before, group]) => [before, group.map((one) => one.after)]),
  )

const reachable = (successors: ReadonlyMap<string, readonly string[]>, start: string): ReadonlySet<string> => {
  const reached = new Set<string>()
  const open = [start]
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const next of successors.get(at) ?? [])
      if (!reached.has(next)) {
        reached.add(next)
        open.push(next)
      }
  return reached
}

/** Without the soft orders that are part of a circle. */
const binding = ({ orders }: TraceRules): readonly TraceOrder[] => {
  const successors = successorsOf(orders)
  return orders.filter(({ before, after, soft }) => !soft || !reachable(successors, after).has(before))
}

/**
 * Every component finishes a stage before any begins the next. What something of an early stage has to wait for belongs
 * to that stage as well: so a source that a relationship raises early isn't held back.
 */
const stageOrders = (rules: TraceRules): readonly TraceOrder[] => {
  const successors = successorsOf(binding(rules))
  const orders: TraceOrder[] = []
  for (const chain of [UP, DOWN] as const) {
    const own = (node: TraceNode | undefined): number =>
      node?.stage === undefined ? -1 : (chain as readonly string[]).indexOf(node.stage)
    const staged = [...rules.nodes.values()].filter((node) => own(node) !== -1)
    const effective = new Map(
      staged.map((node) => {
        const later = [...reachable(successors, node.key)].map((key) => own(rules.nodes.get(key)))
        return [node.key, Math.min(own(node), ...later.filter((stage) => stage !== -1))] as const
      }),
    )
    for (const before of staged)
      for (const after of staged)
        if ((effective.get(before.key) ?? 0) < (effective.get(after.key) ?? 0))
          orders.push({
            before: before.key,
            after: after.key,
            rule: `all of a stage comes before the next`,
            soft: false,
          })
  }
  return orders
}

const sameInstance = (entries: readonly TraceEntry[]): readonly (readonly TraceEntry[])[] => {
  const groups = Map.groupBy(
    entries.filter((entry) => entry.instance !== ''),
    (entry) => entry.instance,
  )
  return [...groups.values()].map((group) =>
    [...group].sort((left, right) => left.startedSequence - right.startedSequence),
  )
}

const overlaps = (entries: readonly TraceEntry[]): readonly Breach[] =>
  sameInstance(entries).flatMap((group) =>
    group.flatMap((entry, index) => {
      const next = group[index + 1]
      if (next === undefined || entry.endedSequence < next.startedSequence) return []
      return [
        { rule: 'one thing at a time', message: `${next.name} of ${next.instance} began during its ${entry.name}` },
      ]
    }),
  )

const interruptedStarts = (entries: readonly TraceEntry[]): readonly Breach[] =>
  sameInstance(entries).flatMap((group) =>
    group.flatMap((entry, index) => {
      const previous = group[index - 1]
      if (entry.kind !== 'transition' || entry.name !== 'Integrity' || previous?.name === 'Start') return []
      return [
        {
          rule: 'Integrity right after Start',
          message: `Integrity of ${entry.instance} came after ${previous?.name ?? 'nothing'}`,
        },
      ]
    }),
  )

/** Nothing begins later than when the last thing it waits for was done, unless its resource was at something else. */
const needlessWaits = (
  recording: Recording,
  entries: ReadonlyMap<string, TraceEntry>,
  orders: readonly TraceOrder[],
  { slackMs }: CheckOptions,
): readonly Breach[] => {
  const ready = new Map<string, number>()
  for (const { before, after } of orders) {
    const first = entries.get(before)
    if (first !== undefined) ready.set(after, Math.max(ready.get(after) ?? recording.startedAtMs, first.endedAtMs))
  }
  const byInstance = Map.groupBy(recording.entries, (entry) => entry.instance)
  return [...entries].flatMap(([key, entry]) => {
    let at = ready.get(key) ?? recording.startedAtMs
    // The resource's other work covers the wait as long as it follows without a gap.
    const others =
      entry.instance === '' ? [] : (byInstance.get(entry.instance) ?? []).filter((other) => other !== entry)
    for (const other of [...others].sort((left, right) => left.startedAtMs - right.startedAtMs))
      if (other.startedAtMs <= at + slackMs && other.endedAtMs > at) at = other.endedAtMs
    const waitedMs = entry.startedAtMs - at
    if (waitedMs <= slackMs) return []
    return [{ rule: 'no wait without a reason', message: `${key} could have begun ${waitedMs} ms earlier` }]
  })
}
