/**
 * When all is at rest: every loop is where it was ordered last, or gone if it was deleted; it took each accepted order once, and no
 * other; and what participants did follows from these orders, and is what the runtime knows.
 */
import { controlLoopRef } from '../../../actors/addresses.ts'
import type { AlarmState } from '../../../actors/alarm/protocol.ts'
import { elementOf } from '../../../actors/control-loop/next-step.ts'
import type { LoopState } from '../../../actors/control-loop/protocol.ts'
import type { StoredSystem } from '../../../actors/testing/stored-system.ts'
import { conceptText } from '../../../participants/protocol/concept.ts'
import type { OrderedState } from '../../../participants/protocol/states.ts'
import type { HistoryEvent } from '../../../runtime/client.ts'
import type { EntityRef } from '../../../runtime/entity.ts'
import { type LoopRecord, titleOf } from './loop-client.ts'
import { type LoopHistory, readLoopHistory } from './loop-history.ts'
import type { Loops } from './loops.ts'
import { readRecord } from './participant-record.ts'
import { checkRecord, type RecordVerdict } from './record-checks.ts'

export interface ParticipantFile {
  readonly participant: string
  readonly path: string
}

export interface LoopVerdict {
  readonly violations: readonly string[]
  /** Done by participants. */
  readonly operations: number
  readonly failures: number
  /** Raised in the course of the run: of loops, and of participants. */
  readonly alarms: { readonly loops: number; readonly participants: number }
}

const POLL_MS = 250

/** Every loop is where it was ordered, and no alarm stands. Answers what isn't so after `deadlineMs`. */
export const restOfLoops = async (
  system: StoredSystem,
  loops: readonly LoopRecord[],
  deadlineMs: number,
): Promise<readonly string[]> => {
  const endMs = performance.now() + deadlineMs
  for (;;) {
    const found = [...(await restless(system, loops)), ...(await standingAlarms(system))]
    if (found.length === 0) return []
    if (performance.now() > endMs) return found.map((text) => `${text}, after ${deadlineMs} ms without a fault`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

const restless = async (system: StoredSystem, loops: readonly LoopRecord[]): Promise<readonly string[]> => {
  const views = await system.queries.entities<LoopState>(loops.map(({ id }) => controlLoopRef(id)))
  const found = loops.map(async (loop, index): Promise<string | undefined> => {
    const state = views[index]?.state
    if (loop.isDeleted)
      return state === undefined || state.presence === 'deleted'
        ? undefined
        : `${titleOf(loop)} was deleted, and is ${state.presence}`
    const wanted = finalState(loop)
    if (state?.presence !== 'present') return `${titleOf(loop)} isn't there (${state?.presence})`
    if (state.orderedState !== wanted)
      return `${titleOf(loop)} was ordered ${wanted} last, and is ordered ${state.orderedState}`
    if (state.state === wanted) return undefined
    const waiting = await system.queries.waiting(controlLoopRef(loop.id))
    return `${titleOf(loop)} is ${state.state}, not ${wanted}, waiting for ${JSON.stringify(waiting)}`
  })
  return (await Promise.all(found)).filter((text) => text !== undefined)
}

const finalState = ({ orders }: LoopRecord): OrderedState => orders.at(-1)?.orderedState ?? 'UNINITIALISED'

const standingAlarms = async (system: StoredSystem): Promise<readonly string[]> =>
  (await system.all<AlarmState>('alarm', 'state', 'RAISED')).map(
    ({ state }) => `alarm ${state.id} stands: ${state.alarm?.objectInstance} ${state.alarm?.specificProblem}`,
  )

/** @param lossesAtMs when the store lost its last second, by the clock on the wall */
export const checkLoops = async (
  system: StoredSystem,
  { loops, violations: seen }: Loops,
  files: readonly ParticipantFile[],
  lossesAtMs: readonly number[],
): Promise<LoopVerdict> => {
  const violations = [...seen]
  const histories = new Map<string, LoopHistory>()
  const states: LoopState[] = []
  for (const loop of loops) {
    const ref = controlLoopRef(loop.id)
    const view = await system.queries.entity<LoopState>(ref)
    if (!view) {
      violations.push(`${titleOf(loop)} has left no trace`)
      continue
    }
    const history = readLoopHistory(loop.id, await wholeHistory(system, ref), view)
    states.push(view.state)
    histories.set(conceptText(loop.id), history)
    violations.push(...history.violations, ...unmatched(loop, history))
  }
  const records = files.map(({ participant, path }) =>
    checkRecord({
      participant,
      processes: readRecord(path),
      causeOf: (loop, messageId) => histories.get(loop)?.causes.get(messageId),
      isMaybeLost: (atMs) => lossesAtMs.some((lossMs) => atMs > lossMs - MAYBE_LOST_MS && atMs <= lossMs),
    }),
  )
  violations.push(...records.flatMap((record) => record.violations), ...disagreements(states, records))
  const raised = (await system.all<AlarmState>('alarm', 'id')).map(({ state }) => state.alarm?.objectInstance ?? '')
  const count = (kind: string): number => raised.filter((instance) => instance.startsWith(`${kind}/`)).length
  return {
    violations,
    operations: records.reduce((sum, { operations }) => sum + operations, 0),
    failures: records.reduce((sum, { failures }) => sum + failures, 0),
    alarms: { loops: count('control-loop'), participants: count('participant') },
  }
}

/** As much as a store loses, and how long what it decided may have been under way before. */
const MAYBE_LOST_MS = 3_000
const PAGE = 500

/** Oldest first. */
const wholeHistory = async (system: StoredSystem, ref: EntityRef): Promise<readonly HistoryEvent[]> => {
  const events: HistoryEvent[] = []
  for (;;) {
    const before = events.at(-1)?.version
    const page = await system.queries.history(ref, { limit: PAGE, ...(before === undefined ? {} : { before }) })
    events.push(...page)
    if (page.length < PAGE) return events.reverse()
  }
}

/** Accepted orders and those that the loop has taken are the same, in the same order, each once. */
const unmatched = (loop: LoopRecord, { taken }: LoopHistory): readonly string[] => {
  const accepted = loop.orders.map(({ key }) => key)
  if (accepted.join() === taken.join()) return []
  const missing = accepted.filter((key) => !taken.includes(key))
  const strange = taken.filter((key) => !accepted.includes(key))
  const twice = taken.filter((key, index) => taken.indexOf(key) !== index)
  const details = [
    ...missing.map((key) => `${key} was accepted and is not there`),
    ...strange.map((key) => `${key} was not accepted`),
    ...twice.map((key) => `${key} was taken twice`),
  ]
  return [`${titleOf(loop)}: ${details.join('; ') || `accepted were ${accepted.join()}, taken ${taken.join()}`}`]
}

/** What the runtime says of each element, and what the participants' records say. */
const disagreements = (states: readonly LoopState[], records: readonly RecordVerdict[]): readonly string[] => {
  const really = new Map(records.flatMap((record) => [...record.states]))
  return states.flatMap((state) =>
    (state.spec?.elements ?? []).flatMap(({ elementId, participantId }) => {
      const known = elementOf(state, elementId).state
      const found = really.get(elementId) ?? 'UNINITIALISED'
      if (known === found) return []
      return [
        `element ${elementId} of ${conceptText(state.id)} is ${known} to the runtime, and ${found} on ${conceptText(participantId)}`,
      ]
    }),
  )
}
