/** What follows from the events of a type of control loop: answers to whoever asked. */
import { type Concept, conceptText } from '../../participants/protocol/concept.ts'
import type { Effect } from '../../runtime/entity.ts'
import { controlLoopRef, serviceTemplateRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import type { LoopCommand } from '../control-loop/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import type { TemplateCommand } from '../service-template/protocol.ts'
import type { DefinitionCommand, DefinitionEvent, DefinitionState, Refusal } from './protocol.ts'

const FORGET_TIMER = 'forget'

export const react =
  ({ removedRetentionMs }: Pick<ActorsConfig, 'removedRetentionMs'>) =>
  (state: DefinitionState, event: DefinitionEvent): readonly Effect[] => {
    switch (event.type) {
      case 'claimed':
        return [{ type: 'cancel-timer', name: FORGET_TIMER }]
      case 'claim-given-up':
      case 'retired': {
        if (state.presence !== 'absent') return []
        const message: DefinitionCommand = { type: 'forget' }
        return [{ type: 'set-timer', name: FORGET_TIMER, dueMs: event.atMs + removedRetentionMs, message }]
      }
      case 'loop-admitted':
        return [answerAdmission(event.loop)]
      case 'loop-permitted':
      case 'commissioned':
      case 'retiring':
      case 'stayed':
      case 'loop-dismissed':
      case 'loop-released':
      case 'known-by':
      case 'participant-gone':
        return []
    }
  }

export const answerClaim = (
  definition: Concept,
  template: Concept,
  revision: number,
  refused: Refusal | undefined,
): Effect =>
  toTemplate(template, { type: 'claim-answered', definition, revision, ...(refused === undefined ? {} : { refused }) })

export const answerRetire = (
  definition: Concept,
  template: Concept,
  revision: number,
  refused: Refusal | undefined,
): Effect =>
  toTemplate(template, { type: 'retire-answered', definition, revision, ...(refused === undefined ? {} : { refused }) })

export const answerAdmission = (loop: Concept, refused?: string): Effect => {
  const message: LoopCommand = { type: 'admission-answered', ...(refused === undefined ? {} : { refused }) }
  return { type: 'tell', to: controlLoopRef(loop), message, forwardReply: true }
}

type Asked = Extract<DefinitionCommand, { type: 'permit' }>

export const answerNotYet = ({ id }: DefinitionState, asked: Asked, reason: string): Effect =>
  toLoop(asked.loop, { type: 'permit-answered', reason, definition: id, ...wishOf(asked) })

const wishOf = ({ wish }: Asked): { readonly wish?: number } => (wish === undefined ? {} : { wish })

/** With the arrivals of the loop's participants that came before. */
export const answerPermit = (state: DefinitionState, asked: Asked): Effect => {
  const { id, template, revision, definition } = state
  const { loop, participants } = asked
  if (!template || !definition) return answerNotYet(state, asked, 'its definition is not commissioned')
  const arrivals = participants.map(conceptText).map((text) => [text, ownEntry(state.knownBy, text)?.arrival ?? 0])
  const permit = {
    template,
    revision,
    elements: definition.elements,
    arrivals: Object.fromEntries(arrivals) as Record<string, number>,
  }
  return toLoop(loop, { type: 'permit-answered', permit, reason: '', definition: id, ...wishOf(asked) })
}

const toLoop = (loop: Concept, message: LoopCommand): Effect => ({ type: 'tell', to: controlLoopRef(loop), message })

/** Whoever waits for the reply hears from the template what became of all of it. */
const toTemplate = (template: Concept, message: TemplateCommand): Effect => ({
  type: 'tell',
  to: serviceTemplateRef(template),
  message,
  forwardReply: true,
})
