/** Small service templates. */
import type { Concept } from '../../../participants/protocol/concept.ts'
import type { Content } from '../protocol.ts'

export const named = (name: string): Concept => ({ name, version: '1.0.0' })

const TIMEOUTS_MS = {
  UNINITIALISED2PASSIVE: 1_000,
  PASSIVE2RUNNING: 1_000,
  RUNNING2PASSIVE: 1_000,
  PASSIVE2UNINITIALISED: 1_000,
}

export interface SampleType {
  /** Types of elements, each with its type of participant. */
  readonly elements: Readonly<Record<string, string>>
  readonly needsFragment?: boolean
}

/** `interval`: a common property of all elements; another one makes another content. */
export const contentOf = (loopTypes: Readonly<Record<string, SampleType>>, interval = 1): Content => ({
  source: { tosca_definitions_version: 'tosca_simple_yaml_1_3' },
  loopTypes: Object.entries(loopTypes).map(([name, { elements, needsFragment = false }]) => ({
    definition: named(name),
    type: {
      description: name,
      provider: 'test',
      elements: Object.entries(elements).map(([element, participantType]) => ({
        definition: named(element),
        participantType: named(participantType),
        startPhase: 0,
        startDelayMs: 0,
        timeoutsMs: TIMEOUTS_MS,
        needsFragment,
      })),
    },
  })),
  elements: Object.values(loopTypes).flatMap(({ elements }) =>
    Object.entries(elements).map(([element, participantType]) => ({
      participantType: named(participantType),
      element: {
        definition: named(element),
        nodeTemplate: { ...named(element), type: 'element' },
        commonProperties: { interval },
      },
    })),
  ),
  fragment: { policy_types: { monitoring: {} } },
})
