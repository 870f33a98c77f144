/** What a service template's events make of it. */
import { conceptOf, conceptText } from '../../participants/protocol/concept.ts'
import type { TemplateEvent, TemplateState } from './protocol.ts'

export const initial = (id: string): TemplateState => ({
  id: conceptOf(id),
  presence: 'absent',
  revision: 0,
  lastRevision: 0,
  content: null,
  next: null,
  answers: {},
  begunAtMs: 0,
  commissionedAtMs: 0,
})

export const evolve = (state: TemplateState, event: TemplateEvent): TemplateState => {
  const { atMs } = event
  switch (event.type) {
    case 'commissioning': {
      const { content, revision } = event
      return { ...begun(state, revision, atMs), presence: 'commissioning', next: content }
    }
    case 'decommissioning':
      return { ...begun(state, event.revision, atMs), presence: 'decommissioning' }
    case 'claim-answered':
    case 'retire-answered': {
      const { definition, refused = null } = event
      return { ...state, answers: { ...state.answers, [conceptText(definition)]: refused } }
    }
    case 'commissioned': {
      const { next: content, lastRevision: revision } = state
      return { ...state, presence: 'commissioned', content, next: null, revision, commissionedAtMs: atMs }
    }
    case 'commissioning-failed':
      return { ...state, presence: state.content ? 'commissioned' : 'absent', next: null }
    case 'decommissioned':
      return { ...state, presence: 'absent', content: null }
    case 'decommissioning-failed':
      return { ...state, presence: 'commissioned' }
  }
}

const begun = (state: TemplateState, lastRevision: number, begunAtMs: number): TemplateState => ({
  ...state,
  lastRevision,
  begunAtMs,
  answers: {},
})
