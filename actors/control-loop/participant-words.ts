/**
 * What a participant says of a loop's elements, and how far it is believed. An answer to an order in force is; participants of the
 * first releases don't say what they answer, so theirs is taken for an answer only where it says what an answer would. Whatever
 * else differs from what is known leads to a question, not to a change.
 */
import { conceptText, isSameConcept, type Concept } from '../../participants/protocol/concept.ts'
import type { ElementResult } from '../../participants/protocol/conversation.ts'
import { elapsedMs } from '../elapsed.ts'
import { ownEntry } from '../own-entry.ts'
import { elementOf, remaining, specOf } from './next-step.ts'
import { goOn, raiseAlarm, retryMs, sendAgain, type Unfolding } from './progress.ts'
import type { IgnoredReason, LoopCommand, LoopState } from './protocol.ts'
import { ENDS, isOrderedState, isUpward, levelOf } from './transition-table.ts'

type Changed = Extract<LoopCommand, { type: 'elements-changed' }>
type Reported = Extract<LoopCommand, { type: 'elements-reported' }>
type Returned = Extract<LoopCommand, { type: 'participant-returned' }>

/** A participant is asked how it is at most this often for one loop. */
const DOUBT_EVERY_MS = 5_000
/** Of messages that change nothing; beyond it they are dropped without a trace, so that nobody can fill the history. */
const IGNORED_NOTED_MAX = 1_000

const UNSURE = { isUnsure: true } as const

/** What participants answer at the same time is heard as a whole before anything follows from it. */
export const elementsChanged = (unfolding: Unfolding, words: readonly Changed[]): void => {
  for (const word of words) elementsChangedBy(unfolding, word)
  goOn(unfolding)
}

const elementsChangedBy = (unfolding: Unfolding, word: Changed): void => {
  const { participantId } = word
  if (word.isKnownAlready && word.results.length === 0) {
    // The first releases' answer to an order that they had before: the elements are there.
    const { state } = unfolding
    const isOnItsWay = state.step?.transition === 'UNINITIALISED2PASSIVE'
    const own = remaining(state).filter((spec) => isOnItsWay && isSameConcept(spec.participantId, participantId))
    for (const { elementId } of own) unfolding.change({ elementId, state: 'PASSIVE', message: word.message, ...UNSURE })
    if (own.length === 0)
      ignore(unfolding, participantId, isOfLoop(state, participantId) ? 'repeated' : 'foreign', 'all is there')
    return
  }
  const results = word.results.length > 0 ? word.results : nothingLeft(unfolding.state, word)
  if (results.length === 0)
    ignore(unfolding, participantId, isOfLoop(unfolding.state, participantId) ? 'late' : 'foreign', 'of no element')
  for (const result of results) {
    const reason = heard(unfolding, word, result)
    if (reason)
      ignore(unfolding, participantId, reason, `${result.elementId} ${result.state}${result.ok ? '' : ', failed'}`)
  }
}

const isOfLoop = ({ spec }: LoopState, participantId: Concept): boolean =>
  spec?.elements.some((element) => isSameConcept(element.participantId, participantId)) ?? false

/**
 * One that has started anew has nothing of a loop, and can't name what it is to take down: it answers for no element. Then
 * all of its elements that the order was about are down.
 */
const nothingLeft = (
  state: LoopState,
  { participantId, responseTo, ok, message }: Changed,
): readonly ElementResult[] => {
  const { step } = state
  if (responseTo === undefined || !ok || step?.transition !== 'PASSIVE2UNINITIALISED') return []
  return remaining(state)
    .filter((spec) => isSameConcept(spec.participantId, participantId))
    .filter(({ elementId }) => elementOf(state, elementId).askedBy.includes(responseTo))
    .map(({ elementId }) => ({ elementId, state: ENDS[step.transition].to, ok, message }))
}

/** Takes it in, or says why not. */
const heard = (unfolding: Unfolding, word: Changed, result: ElementResult): IgnoredReason | undefined => {
  const { state, atMs } = unfolding
  const { elementId, state: said, ok, message } = result
  const spec = specOf(state, elementId)
  if (!spec || !isSameConcept(spec.participantId, word.participantId)) return 'foreign'
  const known = elementOf(state, elementId)
  const isAnswer = word.responseTo !== undefined && known.askedBy.includes(word.responseTo)
  const { step } = state
  if (word.responseTo !== undefined && !isAnswer) {
    if (known.asked === null && said === known.state) return 'repeated'
    // It did late what was ordered before. If nothing is on its way now, nobody else will find that out.
    if (!step) doubt(unfolding, word.participantId, elementId)
    return 'late'
  }
  if (!step) return said === known.state ? 'repeated' : doubt(unfolding, word.participantId, elementId)
  const isPending = remaining(state).some((each) => each.elementId === elementId)
  const { to } = ENDS[step.transition]
  if (!ok || (isAnswer && isPending && isOrderedState(said) && said === ENDS[step.transition].from)) {
    if (!isPending || known.failed) return 'repeated'
    unfolding.add({
      type: 'element-failed',
      atMs,
      elementId,
      message: message || `it is still ${said}`,
      retryMs: retryMs(unfolding, step.attempt),
    })
    return undefined
  }
  if (!isOrderedState(said)) return 'repeated'
  const isWayOn = isUpward(step.transition)
    ? levelOf(said) >= levelOf(to) && levelOf(said) <= levelOf(state.orderedState)
    : levelOf(said) <= levelOf(to) && levelOf(said) >= levelOf(state.orderedState)
  if (isPending && (isAnswer || isWayOn)) {
    unfolding.change({ elementId, state: said, message, ...(isAnswer ? {} : UNSURE) })
    return undefined
  }
  if (said === known.state) return 'repeated'
  // Of a later phase, by one that changes all of its elements at once.
  const isBeyond = isUpward(step.transition)
    ? levelOf(said) > levelOf(known.state)
    : levelOf(said) < levelOf(known.state)
  if (!isPending && isWayOn && isBeyond) {
    unfolding.change({ elementId, state: said, message, ...(isAnswer ? {} : UNSURE) })
    return undefined
  }
  return isAnswer ? 'implausible' : 'late'
}

/** Where it can't be right, its participant is asked, unless it was just now. */
const doubt = (unfolding: Unfolding, participantId: Concept, elementId: string): IgnoredReason | undefined => {
  const { state, atMs, nowMs } = unfolding
  if (elapsedMs(nowMs, state.doubtedAtMs) < DOUBT_EVERY_MS) return 'late'
  unfolding.add({ type: 'doubted', atMs, participantId, elementId })
  return undefined
}

/** How its elements are, as a participant tells from time to time, or when it is asked. */
export const elementsReported = (unfolding: Unfolding, word: Reported): void => {
  const { state, atMs, nowMs, times } = unfolding
  /** Participants' clocks are close to those of the nodes. */
  const isSaidAfter = (thenMs: number): boolean => word.sentAtMs > thenMs || elapsedMs(nowMs, thenMs) === Infinity
  const found: { elementId: string; state: 'UNINITIALISED' | 'PASSIVE' | 'RUNNING'; asked: null }[] = []
  for (const { elementId, state: said } of word.elements) {
    const spec = specOf(state, elementId)
    if (!spec || !isSameConcept(spec.participantId, word.participantId)) {
      ignore(unfolding, word.participantId, 'foreign', `${elementId} ${said}`)
      continue
    }
    const known = elementOf(state, elementId)
    if (!isOrderedState(said) || said === known.state) continue
    const { step } = state
    if (step) {
      // The answer to the order was lost, or is on its way.
      const isDone = known.asked !== null && said === ENDS[step.transition].to && isSaidAfter(step.attemptedAtMs)
      if (isDone) unfolding.change({ elementId, state: said, message: 'as its participant reports', ...UNSURE })
      continue
    }
    // A report may have been under way while it changed.
    const isFresh = elapsedMs(nowMs, known.changedAtMs) >= times.loopDriftGraceMs && isSaidAfter(known.changedAtMs)
    if (isFresh && known.asked === null) found.push({ elementId, state: said, asked: null })
  }
  if (found.length > 0)
    unfolding.add({
      type: 'drifted',
      atMs,
      elements: found,
      reason: `as participant ${conceptText(word.participantId)} reports`,
    })
  goOn(unfolding)
}

/**
 * It has started anew, or was away: what it has of the loop isn't known, so it is ordered again. Unless all that it was ordered
 * came after this arrival.
 */
export const participantReturned = (unfolding: Unfolding, { participantId, arrival }: Returned): void => {
  const { state, atMs } = unfolding
  const permitted = ownEntry(state.permit?.arrivals ?? {}, conceptText(participantId)) ?? 0
  const own = (state.spec?.elements ?? []).filter((spec) => isSameConcept(spec.participantId, participantId))
  const doubtful = own.filter(({ elementId }) => {
    const { state: known, asked, isSure } = elementOf(state, elementId)
    return (known !== 'UNINITIALISED' || asked !== null) && !(permitted >= arrival && isSure)
  })
  if (doubtful.length === 0) return goOn(unfolding)
  const elements = doubtful.map(({ elementId }) => ({
    elementId,
    state: 'UNINITIALISED' as const,
    asked: 'PASSIVE' as const,
  }))
  unfolding.add({
    type: 'drifted',
    atMs,
    elements,
    reason: `participant ${conceptText(participantId)} has started anew, or was away`,
    returned: { participantId, arrival },
  })
  const before = unfolding.state.step?.number
  goOn(unfolding)
  // The step goes on, and what was sent to it may be lost.
  const { step } = unfolding.state
  if (!step || step.number !== before) return
  const isTheirs = (spec: { readonly participantId: Concept }): boolean =>
    isSameConcept(spec.participantId, participantId)
  // One that comes back again and again lets no deadline pass.
  if (step.attempt >= unfolding.times.loopAttemptsMax) raiseAlarm(unfolding, isTheirs)
  sendAgain(unfolding, remaining(unfolding.state).filter(isTheirs))
}

export const ignore = (unfolding: Unfolding, participantId: Concept, reason: IgnoredReason, what: string): void => {
  if (unfolding.state.ignored[reason] < IGNORED_NOTED_MAX)
    unfolding.add({ type: 'ignored', atMs: unfolding.atMs, participantId, reason, what: what.slice(0, 200) })
}
