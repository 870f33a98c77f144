/** Recordings of executions that never were: one that dawdled, and one that did things in the wrong order. */
import type { RecordedProcess } from './recorded-trace.ts'
import type { Recording, TraceEntry } from './trace.ts'

const pick = <Value>(values: readonly Value[], random: () => number): Value | undefined =>
  values[Math.floor(random() * values.length)]

/** Something that took time begins a millisecond later than it did. Undefined: nothing took time. */
export const delayed = (recording: Recording, random: () => number): Recording | undefined => {
  const victim = pick(
    recording.entries.filter(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs > 1),
    random,
  )
  if (!victim) return undefined
  const late = { ...victim, startedAtMs: victim.startedAtMs + 1 }
  return { ...recording, entries: recording.entries.map((entry) => (entry === victim ? late : entry)) }
}

/** Two tasks, of which the plan says that one comes after the other, in each other's place. Undefined: there are none. */
export const swapped = (
  { recording, tasks }: RecordedProcess,
  random: () => number,
): { readonly recording: Recording; readonly what: string } | undefined => {
  if (!recording.isComplete) return undefined
  // Of a finished process there is an entry for each task but the stages, in the order of the plan.
  const all = tasks.filter(({ type }) => type !== 'stage')
  const entries = new Map(all.map(({ id }, index) => [id, recording.entries[index]]))
  const pairs = all.flatMap(({ id, after }) =>
    after.flatMap(({ task }) => {
      const [first, second] = [entries.get(task), entries.get(id)]
      return first && second ? [{ first, second, what: `${task} and ${id}` }] : []
    }),
  )
  const pair = pick(pairs, random)
  if (!pair) return undefined
  const { first, second, what } = pair
  const exchange = (entry: TraceEntry): TraceEntry =>
    entry === first ? { ...first, ...whenOf(second) } : entry === second ? { ...second, ...whenOf(first) } : entry
  return { recording: { ...recording, entries: recording.entries.map(exchange) }, what }
}

const whenOf = ({ startedSequence, endedSequence, startedAtMs, endedAtMs }: TraceEntry) => ({
  startedSequence,
  endedSequence,
  startedAtMs,
  endedAtMs,
})
