/**
 * A control loop: brings its elements where its owner ordered, phase by phase, over the participants that carry them; asks again
 * those that don't answer, says so when that doesn't help, and brings back what has moved by itself.
 */
import { conceptText } from '../../participants/protocol/concept.ts'
import type { Context, Decision } from '../../runtime/entity.ts'
import { definitionRef } from '../addresses.ts'
import type { DefinitionCommand } from '../control-loop-definition/protocol.ts'
import { elapsedMs } from '../elapsed.ts'
import { elementOf, nextStep, remaining } from './next-step.ts'
import { elementsChanged, elementsReported, participantReturned } from './participant-words.ts'
import { clearAlarm, goOn, type LoopTimes, raiseAlarm, sendAgain, Unfolding } from './progress.ts'
import type { LoopCommand, LoopEvent, LoopReply, LoopState } from './protocol.ts'
import { askPermit, attemptTimer, keepStatistics } from './reactions.ts'
import { orderRefusal } from './transition-table.ts'

type Decided = Decision<LoopEvent>
const NOTHING: Decided = { events: [] }

/** First wait before the definition is asked again; it doubles up to the longest. */
const PERMIT_FIRST_MS = 100
const PERMIT_LONGEST_MS = 10_000

export const decide =
  (times: LoopTimes) =>
  (state: LoopState, command: LoopCommand, context: Context): Decided => {
    const unfolding = new Unfolding(state, context, times)
    switch (command.type) {
      case 'create':
        return create(unfolding, command)
      case 'admission-answered':
        return admitted(unfolding, command.refused)
      case 'edit':
        return edit(unfolding, command.spec)
      case 'order':
        return order(unfolding, command)
      case 'delete':
        return remove(unfolding)
      case 'permit-answered':
        return permitted(unfolding, command)
      case 'elements-changed':
        return whilePresent(unfolding, () => elementsChanged(unfolding, [command]))
      case 'several-changed':
        return whilePresent(unfolding, () => elementsChanged(unfolding, command.words))
      case 'elements-reported':
        return reported(unfolding, command)
      case 'participant-returned':
        return whilePresent(unfolding, () => participantReturned(unfolding, command))
      case 'attempt-over':
        return attemptOver(unfolding, command)
      case 'ask-permit':
        return state.permitMissing ? { events: [], effects: [askPermit(state)] } : NOTHING
      case 'forget':
        return state.presence === 'deleted' ? { events: [], effects: [{ type: 'forget' }] } : NOTHING
    }
  }

const replyOf = ({ id, state, orderedState }: LoopState): LoopReply => ({ ...id, state, orderedState })

const whilePresent = (unfolding: Unfolding, heard: () => void): Decided => {
  if (unfolding.state.presence !== 'present') return NOTHING
  heard()
  return { events: unfolding.events }
}

const create = (unfolding: Unfolding, { spec, key }: Extract<LoopCommand, { type: 'create' }>): Decided => {
  const { state, atMs } = unfolding
  // Whoever got no answer asks again.
  if (state.presence === 'present')
    return isKnown(state, key, 'create') ? { events: [], reply: replyOf(state) } : exists(state)
  if (state.presence === 'creating')
    return {
      reject: {
        code: 'control-loop-creation-in-progress',
        reason: `${conceptText(state.id)} is being created by another request`,
      },
    }
  if (state.presence === 'deleted' && isKnown(state, key, 'create'))
    return {
      reject: {
        code: 'control-loop-deleted',
        reason: `${conceptText(state.id)} was created by this order (Idempotency-Key) and deleted since; use a new key to create it anew`,
      },
    }
  return { events: [{ type: 'creation-requested', atMs, spec, ...keyed(key) }] }
}

const isKnown = ({ keys }: LoopState, key: string | undefined, what: string): boolean =>
  keys.some((each) => each.key === key && each.what === what)

const keyed = (key: string | undefined): { readonly key?: string } => (key === undefined ? {} : { key })

const exists = (state: LoopState): Decided => ({
  reject: {
    code: 'control-loop-exists',
    reason: `control loop ${conceptText(state.id)} is already defined (it is ${state.state}); change it with PUT, or take another name or version`,
    details: { ...state.id, state: state.state },
  },
})

const notFound = ({ id }: LoopState): Decided => ({
  reject: { code: 'control-loop-not-found', reason: `there is no control loop ${conceptText(id)}`, details: { ...id } },
})

const admitted = (unfolding: Unfolding, refused: string | undefined): Decided => {
  const { state, atMs } = unfolding
  if (state.presence !== 'creating') return NOTHING
  if (refused === undefined) {
    unfolding.add({ type: 'created', atMs })
    return { events: unfolding.events, reply: replyOf(unfolding.state) }
  }
  return {
    reject: { code: 'control-loop-definition-not-found', reason: refused },
    events: [{ type: 'creation-refused', atMs, reason: refused }],
  }
}

const edit = (unfolding: Unfolding, spec: Extract<LoopCommand, { type: 'edit' }>['spec']): Decided => {
  const { state, atMs } = unfolding
  if (state.presence !== 'present') return notFound(state)
  const from = state.spec?.definition
  if (!from || conceptText(spec.definition) !== conceptText(from))
    return {
      reject: {
        code: 'control-loop-of-another-definition',
        reason: `${conceptText(state.id)} is of ${from ? conceptText(from) : 'no definition'}, which can't be changed: delete it and create it anew`,
      },
    }
  if (JSON.stringify(spec) === JSON.stringify(state.spec)) return { events: [], reply: replyOf(state) }
  const inTheWay = notUninitialised(state)
  if (inTheWay)
    return {
      reject: {
        code: 'control-loop-not-uninitialised',
        reason: `${inTheWay}; it can be changed only while it is UNINITIALISED`,
      },
    }
  unfolding.add({ type: 'edited', atMs, spec })
  return { events: unfolding.events, reply: replyOf(unfolding.state) }
}

/** What stands against changing or deleting it. */
const notUninitialised = (state: LoopState): string | undefined =>
  state.state === 'UNINITIALISED' && state.orderedState === 'UNINITIALISED'
    ? undefined
    : `Control Loop State is still ${state.state}`

const remove = (unfolding: Unfolding): Decided => {
  const { state, atMs } = unfolding
  if (state.presence !== 'present') return notFound(state)
  const inTheWay = notUninitialised(state)
  if (inTheWay)
    return {
      reject: { code: 'control-loop-not-uninitialised', reason: `${inTheWay}; order it to UNINITIALISED first` },
    }
  clearAlarm(unfolding, 'the control loop is deleted')
  unfolding.add({ type: 'deleted', atMs })
  return { events: unfolding.events, reply: replyOf(unfolding.state) }
}

const order = (
  unfolding: Unfolding,
  { orderedState: ordered, key }: Extract<LoopCommand, { type: 'order' }>,
): Decided => {
  const { state, atMs } = unfolding
  if (state.presence !== 'present') return notFound(state)
  if (isKnown(state, key, ordered)) return { events: [], reply: replyOf(state) }
  if (state.keys.some((each) => each.key === key))
    return {
      reject: {
        code: 'idempotency-key-reused',
        reason: `this Idempotency-Key was used for another order of ${conceptText(state.id)}; use a new key for a new order`,
      },
    }
  const refusal = orderRefusal(state, ordered)
  if (refusal !== undefined)
    return {
      reject: {
        code: 'illegal-transition',
        reason: `${conceptText(state.id)}: ${refusal}`,
        details: { state: state.state, orderedState: state.orderedState },
      },
    }
  clearAlarm(unfolding, `it was ordered to ${ordered}`)
  unfolding.add({ type: 'ordered', atMs, orderedState: ordered, ...keyed(key) })
  goOn(unfolding)
  return { events: unfolding.events, reply: replyOf(unfolding.state) }
}

const permitted = (unfolding: Unfolding, answer: Extract<LoopCommand, { type: 'permit-answered' }>): Decided => {
  const { state, atMs, nowMs } = unfolding
  const { permit, wish = state.wishes, definition = state.spec?.definition } = answer
  const isWanted = state.presence === 'present' && wish === state.wishes && nextStep(state) === 'needs-permit'
  if (!isWanted) {
    // It was ordered back meanwhile, or is another loop by now: each permit is counted, so each that isn't used is given back.
    const message: DefinitionCommand = { type: 'release', loop: state.id }
    return {
      events: [],
      effects: permit && definition ? [{ type: 'tell', to: definitionRef(definition), message }] : [],
    }
  }
  if (permit) {
    unfolding.add({ type: 'permitted', atMs, permit })
    clearAlarm(unfolding, 'its definition is known to its participants')
    goOn(unfolding)
    return { events: unfolding.events }
  }
  const waitMs = Math.min(PERMIT_LONGEST_MS, PERMIT_FIRST_MS * 2 ** Math.min(10, state.permitMissing?.attempt ?? 0))
  unfolding.add({ type: 'permit-missing', atMs, reason: answer.reason, askAgainMs: nowMs + waitMs })
  if (elapsedMs(nowMs, unfolding.state.permitMissing?.sinceMs ?? nowMs) >= unfolding.times.loopPermitAlarmMs)
    raiseAlarm(unfolding)
  return { events: unfolding.events }
}

const reported = (unfolding: Unfolding, word: Extract<LoopCommand, { type: 'elements-reported' }>): Decided => {
  if (unfolding.state.presence !== 'present') return NOTHING
  elementsReported(unfolding, word)
  const effects = keepStatistics(unfolding.state, word)
  return { events: unfolding.events, effects }
}

const attemptOver = (unfolding: Unfolding, timer: Extract<LoopCommand, { type: 'attempt-over' }>): Decided => {
  const { state, nowMs, times } = unfolding
  const { step } = state
  if (state.presence !== 'present' || step?.number !== timer.step || step.attempt !== timer.attempt) return NOTHING
  const isOver = nowMs >= step.dueMs
  if (!isOver && (step.retryMs === null || nowMs < step.retryMs)) return { events: [], effects: attemptTimer(state) }
  const again = remaining(state).filter(({ elementId }) => isOver || elementOf(state, elementId).failed)
  // Whoever was asked more than once has let one deadline pass before.
  if (step.attempt >= times.loopAttemptsMax)
    raiseAlarm(unfolding, ({ elementId }) => isOver || elementOf(state, elementId).askedBy.length > 1)
  sendAgain(unfolding, again)
  return { events: unfolding.events }
}
