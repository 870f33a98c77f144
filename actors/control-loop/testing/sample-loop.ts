/** A loop of some elements, as tests order it. */
import type { Concept } from '../../../participants/protocol/concept.ts'
import type { ElementFacts } from '../../control-loop-definition/protocol.ts'
import type { LoopCommand, LoopSpec } from '../protocol.ts'

export const LOOP: Concept = { name: 'edge-loop', version: '1.0.0' }
export const DEFINITION: Concept = { name: 'org.example.EdgeLoop', version: '1.0.0' }
export const TEMPLATE: Concept = { name: 'edge', version: '1.0.0' }
export const TYPE: Concept = { name: 'org.example.SimulatedParticipant', version: '1.0.0' }

export interface SampleElement {
  readonly participant: string
  readonly phase: number
}

export const participantOf = (name: string): Concept => ({ name, version: '1.0.0' })
export const elementIdOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
const elementDefinitionOf = (index: number): Concept => ({ name: `org.example.Element${index}`, version: '1.0.0' })

export const specOf = (elements: readonly SampleElement[]): LoopSpec => ({
  definition: DEFINITION,
  description: 'a sample',
  elements: elements.map(({ participant }, index) => ({
    elementId: elementIdOf(index),
    definition: elementDefinitionOf(index),
    participantType: TYPE,
    participantId: participantOf(participant),
    description: '',
    properties: { number: index },
  })),
})

export const factsOf = (elements: readonly SampleElement[], timeoutMs = 60_000): ElementFacts[] =>
  elements.map(({ phase }, index) => ({
    definition: elementDefinitionOf(index),
    participantType: TYPE,
    startPhase: phase,
    startDelayMs: 0,
    timeoutsMs: {
      UNINITIALISED2PASSIVE: timeoutMs,
      PASSIVE2RUNNING: timeoutMs,
      RUNNING2PASSIVE: timeoutMs,
      PASSIVE2UNINITIALISED: timeoutMs,
    },
    needsFragment: false,
  }))

export const permitOf = (
  elements: readonly SampleElement[],
  timeoutMs?: number,
  arrivals: Readonly<Record<string, number>> = {},
): LoopCommand => ({
  type: 'permit-answered',
  permit: { template: TEMPLATE, revision: 1, elements: factsOf(elements, timeoutMs), arrivals: { ...arrivals } },
  reason: '',
})
