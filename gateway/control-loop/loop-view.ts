/** Control loops as ONAP's API shows them. Pure. */
import type { z } from 'zod'
import { elementOf } from '../../actors/control-loop/next-step.ts'
import type { ElementSpec, LoopState } from '../../actors/control-loop/protocol.ts'
import { type LoopState as StateName, TRANSITIONS } from '../../participants/protocol/states.ts'
import { toscaProperties } from '../../participants/protocol/istanbul/tosca-property.ts'
import type { loop, loopElement } from './onap/shapes.ts'

/** Its participants have it. */
export const isPrimed = ({ state }: LoopState): boolean =>
  state === 'PASSIVE' || state === 'RUNNING' || state === 'PASSIVE2RUNNING' || state === 'RUNNING2PASSIVE'

/** Its transition while it is on its way. */
export const elementStateOf = (state: LoopState, elementId: string): StateName => {
  const { state: known, asked } = elementOf(state, elementId)
  return TRANSITIONS.find((transition) => transition === `${known}2${asked}`) ?? known
}

const viewElement = (state: LoopState, spec: ElementSpec): z.infer<typeof loopElement> => ({
  id: spec.elementId,
  definition: spec.definition,
  participantType: spec.participantType,
  participantId: spec.participantId,
  state: elementStateOf(state, spec.elementId),
  orderedState: state.orderedState,
  description: spec.description,
  ...(Object.keys(spec.properties).length === 0 ? {} : { propertiesMap: toscaProperties(spec.properties) }),
})

/** `undefined`: it isn't there (yet, or any more). */
export const viewLoop = (state: LoopState): z.infer<typeof loop> | undefined => {
  const { id, spec, presence, orderedState } = state
  if (presence !== 'present' || !spec) return undefined
  return {
    ...id,
    definition: spec.definition,
    state: state.state,
    orderedState,
    description: spec.description,
    primed: isPrimed(state),
    elements: Object.fromEntries(spec.elements.map((element) => [element.elementId, viewElement(state, element)])),
  }
}
