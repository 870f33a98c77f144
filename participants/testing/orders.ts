/** Orders as a runtime would give them. */
import type { ParticipantIdentity } from '../protocol/addressee.ts'
import type { Concept } from '../protocol/concept.ts'
import type { ElementDefinition, ElementOrder, Order, Properties } from '../protocol/conversation.ts'
import type { OrderedState, ParticipantState } from '../protocol/states.ts'

export const concept = (name: string, version = '1.0.0'): Concept => ({ name, version })
export const IDENTITY: ParticipantIdentity = {
  participantId: concept('Participant0'),
  participantType: concept('org.example.Participant'),
}
export const DEFINITION = concept('org.example.Element', '1.2.3')
export const LOOP = concept('Loop0')
/** The id of the element with this number. */
export const elementId = (number = 0): string => `709c62b3-8918-41b9-a747-${number.toString(16).padStart(12, '0')}`

export interface Given {
  readonly messageId?: string
  readonly atMs?: number
  readonly loop?: Concept
  readonly identity?: ParticipantIdentity
  readonly to?: Order['to']
}

let given = 0
const AT_MS = 1_700_000_000_000
const head = ({ messageId = `order-${++given}`, atMs = AT_MS, to = {} }: Given) => ({ messageId, atMs, to })

export const elementDefinition = (nodeProperties: Properties = {}): ElementDefinition => ({
  definition: DEFINITION,
  nodeTemplate: { ...DEFINITION, type: 'org.example.ElementType', properties: nodeProperties },
  commonProperties: {},
})

export const define = (elements = [elementDefinition()], more: Given = {}): Order => ({
  ...head(more),
  type: 'define',
  participantType: (more.identity ?? IDENTITY).participantType,
  elements: [...elements],
})

export const elementOrder = (
  id: string,
  properties: Properties = {},
  { participantId, participantType } = IDENTITY,
): ElementOrder => ({
  elementId: id,
  definition: DEFINITION,
  participantId,
  participantType,
  state: 'UNINITIALISED',
  orderedState: 'PASSIVE',
  properties,
})

export const instantiate = (
  elements: readonly ElementOrder[] = [elementOrder(elementId())],
  more: Given & { readonly startPhase?: number } = {},
): Order => ({
  ...head(more),
  type: 'instantiate',
  loop: more.loop ?? LOOP,
  startPhase: more.startPhase ?? 0,
  participants: [{ participantId: (more.identity ?? IDENTITY).participantId, elements: [...elements] }],
})

export const changeState = (
  orderedState: OrderedState,
  more: Given & { readonly startPhase?: number } = {},
): Order => ({
  ...head(more),
  type: 'change-state',
  loop: more.loop ?? LOOP,
  orderedState,
  ...(more.startPhase !== undefined && { startPhase: more.startPhase }),
})

export const askStatus = (more: Given = {}): Order => ({ ...head({ to: IDENTITY, ...more }), type: 'ask-status' })
export const undefine = (more: Given = {}): Order => ({ ...head(more), type: 'undefine' })
export const setMode = (state: ParticipantState, more: Given = {}): Order => ({
  ...head({ to: IDENTITY, ...more }),
  type: 'set-mode',
  state,
})
