/**
 * A service template: commissioned when all its types of loops are its own, decommissioned when none of them is needed any more.
 * Either happens whole or not at all. What participants are sent is kept here, and only here.
 */
import { isDeepStrictEqual } from 'node:util'
import { conceptText } from '../../participants/protocol/concept.ts'
import type { Context, Decision, Rejection } from '../../runtime/entity.ts'
import { definitionsOf, participantTypesOf } from './content.ts'
import { evolve } from './evolution.ts'
import { publishOrder } from './order-fragment.ts'
import type { Content, TemplateCommand, TemplateEvent, TemplateReply, TemplateState } from './protocol.ts'
import { define } from './reactions.ts'
import { ask, isUnderWay, objectionOf, openQuestion, questionsOf } from './walk.ts'

type Decided = Decision<TemplateEvent>
type Answer = Extract<TemplateCommand, { type: 'claim-answered' | 'retire-answered' }>
const NOTHING: Decided = { events: [] }

export const decide =
  (config: { readonly participantTopic: string }) =>
  (state: TemplateState, command: TemplateCommand, { nowMs: atMs }: Context): Decided => {
    switch (command.type) {
      case 'commission':
        return commission(state, command.content, atMs)
      case 'decommission':
        return decommission(state, atMs)
      case 'claim-answered':
      case 'retire-answered':
        return answered(state, command, atMs)
      case 'define-for':
        return { events: [], effects: define(state, command.participantId, command.participantType) }
      case 'publish-order':
        return { events: [], effects: publishOrder(state, command, config.participantTopic) }
      case 'forget':
        return state.presence === 'absent' ? { events: [], effects: [{ type: 'forget' }] } : NOTHING
    }
  }

const commission = (state: TemplateState, content: Content, atMs: number): Decided => {
  if (state.presence === 'commissioning' && isDeepStrictEqual(state.next, content)) return proceed(state, [], atMs)
  if (isUnderWay(state)) return { reject: busy(state) }
  if (state.presence === 'commissioned' && isDeepStrictEqual(state.content, content))
    return { events: [], reply: replyOf(state, true) }
  return proceed(state, [{ type: 'commissioning', atMs, revision: state.lastRevision + 1, content }], atMs)
}

const decommission = (state: TemplateState, atMs: number): Decided => {
  switch (state.presence) {
    case 'absent':
      return {
        reject: {
          code: 'service-template-not-found',
          reason: `service template ${conceptText(state.id)} is not commissioned`,
        },
      }
    case 'commissioning':
      return { reject: busy(state) }
    case 'decommissioning':
      return proceed(state, [], atMs)
    case 'commissioned':
      return proceed(state, [{ type: 'decommissioning', atMs, revision: state.lastRevision + 1 }], atMs)
  }
}

const answered = (state: TemplateState, answer: Answer, atMs: number): Decided => {
  const { type, definition, revision, refused } = answer
  // Of somebody who ordered the same, and was answered after the first.
  if (!isUnderWay(state) || revision !== state.lastRevision) return outcome(state, revision)
  const isKnown = Object.hasOwn(state.answers, conceptText(definition))
  const event: TemplateEvent = { type, atMs, definition, ...(refused === undefined ? {} : { refused }) }
  return proceed(state, isKnown ? [] : [event], atMs)
}

/** Asks the next one, or brings it to an end if there is none, or if one has refused. */
const proceed = (before: TemplateState, events: readonly TemplateEvent[], atMs: number): Decided => {
  const state = events.reduce(evolve, before)
  const objection = objectionOf(state)
  if (objection) {
    const failed = failure(state, objection.refusal.reason, atMs)
    return { reject: rejectionOf(objection), events: [...events, failed] }
  }
  const open = openQuestion(state)
  if (open) return { events, effects: [ask(state, open)] }
  const done = success(state, atMs)
  return { events: [...events, done], reply: replyOf(evolve(state, done), false) }
}

const success = (state: TemplateState, atMs: number): TemplateEvent => {
  const retired = definitionsIn(state, 'retire')
  const next = participantTypesOf(state.next).map(conceptText)
  const leftTypes = participantTypesOf(state.content).filter((type) => !next.includes(conceptText(type)))
  return state.presence === 'decommissioning'
    ? { type: 'decommissioned', atMs, retired, leftTypes }
    : { type: 'commissioned', atMs, claimed: [...definitionsOf(state.next)], retired, leftTypes }
}

/** All are told, not only those who agreed: one that refused may have been asked a second time. */
const failure = (state: TemplateState, reason: string, atMs: number): TemplateEvent => {
  const retired = definitionsIn(state, 'retire')
  return state.presence === 'decommissioning'
    ? { type: 'decommissioning-failed', atMs, reason, retired }
    : { type: 'commissioning-failed', atMs, reason, claimed: definitionsIn(state, 'claim'), retired }
}

const definitionsIn = (state: TemplateState, kind: 'claim' | 'retire') =>
  questionsOf(state).flatMap((question) => (question.kind === kind ? [question.definition] : []))

/** What became of something that is over. */
const outcome = (state: TemplateState, revision: number): Decided => {
  if (revision !== state.lastRevision) return { reject: busy(state) }
  const objection = objectionOf(state)
  return objection ? { reject: rejectionOf(objection) } : { events: [], reply: replyOf(state, false) }
}

const rejectionOf = ({ by, refusal }: NonNullable<ReturnType<typeof objectionOf>>): Rejection => ({
  ...refusal,
  details: { definition: by },
})

const busy = (state: TemplateState): Rejection => {
  const name = `service template ${conceptText(state.id)}`
  const reason = isUnderWay(state)
    ? `${name} is ${state.presence} already: wait until that is done`
    : `${name} was changed by others meanwhile: look at what it is now`
  return { code: 'template-busy', reason }
}

const replyOf = ({ id, revision }: TemplateState, repeated: boolean): TemplateReply => ({ ...id, revision, repeated })
