/**
 * The control loops of the chaos run: a type of loop with four elements in three start phases, over three participants of two
 * types, of which one has elements in two phases, and one phase is over two participants.
 */
import { conceptText, type Concept } from '../../../participants/protocol/concept.ts'

export interface LoopParticipant {
  /** For people, and of its process. */
  readonly label: string
  readonly participantId: Concept
  readonly participantType: Concept
}

export interface LoopWorld {
  readonly participants: readonly LoopParticipant[]
  readonly definition: Concept
  /** As it is commissioned. */
  readonly template: string
  /** The id of a loop that nobody has had, whichever client asks. */
  nextLoop(): Concept
  /** As it is ordered. */
  loopBody(loop: Concept): object
}

const VERSION = '1.0.0'
const WATCHERS = 'chaos.Watchers'
const DOERS = 'chaos.Doers'
const PARTICIPANTS = [
  { label: 'watcher', type: WATCHERS },
  { label: 'doer-0', type: DOERS },
  { label: 'doer-1', type: DOERS },
] as const
const ELEMENTS = [
  { name: 'chaos.Probe', type: WATCHERS, startPhase: 0, participant: 0 },
  { name: 'chaos.Rule', type: DOERS, startPhase: 1, participant: 1 },
  { name: 'chaos.Valve', type: DOERS, startPhase: 2, participant: 2 },
  { name: 'chaos.Lamp', type: WATCHERS, startPhase: 2, participant: 0 },
] as const
/** Longer than an element takes, shorter than most faults: what a fault held up is asked for again soon. */
const TIMEOUT_S = 2

const named = (name: string): Concept => ({ name, version: VERSION })

/** @param isBusy whether entities of this id may live where they do: the other shards can be quiet */
export const loopWorld = (isBusy: (id: string) => boolean): LoopWorld => {
  const numbers = new Map<string, number>()
  const placed = (prefix: string): Concept => {
    for (;;) {
      const number = numbers.get(prefix) ?? 0
      numbers.set(prefix, number + 1)
      const id = named(`${prefix}-${number}`)
      if (isBusy(conceptText(id))) return id
    }
  }
  const participants = PARTICIPANTS.map(({ label, type }) => ({
    label,
    participantId: placed(`chaos.${label}`),
    participantType: named(type),
  }))
  const definition = placed('chaos.Loop')
  let loops = 0
  return {
    participants,
    definition,
    template: templateOf(placed('chaos.Loops'), definition),
    nextLoop: () => placed('loop'),
    loopBody: (loop) => {
      const number = ++loops
      const elements = ELEMENTS.map(({ name, participant }, index) => {
        const id = `00000000-0000-4000-8000-${String(number).padStart(8, '0')}${String(index).padStart(4, '0')}`
        return [id, { id, definition: named(name), participantId: participants[participant]?.participantId }] as const
      })
      return { ...loop, definition, description: 'of the chaos run', elements: Object.fromEntries(elements) }
    },
  }
}

const identifier = ({ name, version }: Concept): string => `{ name: ${name}, version: ${version} }`

const templateOf = (template: Concept, definition: Concept): string => `tosca_definitions_version: tosca_simple_yaml_1_3
name: ${template.name}
version: ${template.version}
data_types:
  chaos.Identifier:
    derived_from: tosca.datatypes.Root
    properties:
      name: { type: string }
      version: { type: string }
node_types:
  org.onap.policy.clamp.controlloop.ControlLoopElement:
    version: 1.0.1
    derived_from: tosca.nodetypes.Root
    properties:
      participantType: { type: chaos.Identifier, metadata: { common: true } }
      startPhase: { type: integer, default: 0, metadata: { common: true } }
${TIMEOUTS.map((name) => `      ${name}: { type: integer, default: ${TIMEOUT_S}, metadata: { common: true } }`).join('\n')}
  org.onap.policy.clamp.controlloop.ControlLoop:
    version: 1.0.1
    derived_from: tosca.nodetypes.Root
    properties:
      elements: { type: list, entry_schema: { type: chaos.Identifier }, metadata: { common: true } }
topology_template:
  node_templates:
${ELEMENTS.map(
  ({ name, type, startPhase }) => `    ${name}:
      version: ${VERSION}
      type: org.onap.policy.clamp.controlloop.ControlLoopElement
      type_version: 1.0.1
      properties:
        participantType: ${identifier(named(type))}
        startPhase: ${startPhase}
`,
).join('')}    ${definition.name}:
      version: ${definition.version}
      type: org.onap.policy.clamp.controlloop.ControlLoop
      type_version: 1.0.1
      properties:
        elements:
${ELEMENTS.map(({ name }) => `          - ${identifier(named(name))}`).join('\n')}
`

const TIMEOUTS = [
  'uninitializedToPassiveTimeout',
  'passiveToRunningTimeout',
  'runningToPassiveTimeout',
  'passiveToUninitializedTimeout',
]
