/** The loops of the bench: four elements, each on a participant of its own, all in one start phase or one in each. */
import { randomUUID } from 'node:crypto'

export const ELEMENTS = 4
/** Participants are of one type each, so that it is clear whose an element is. */
const typeOf = (index: number): string => `org.homeostat.bench.Participant${index}`
const participantOf = (index: number): string => `Participant${index}`
const VERSION = '1.0.0'
const each = <Item>(make: (index: number) => Item): Item[] =>
  Array.from({ length: ELEMENTS }, (_, index) => make(index))
const named = (name: string) => ({ name, version: VERSION })

/** As the setting `HOMEOSTAT_PARTICIPANTS` has them. */
export const PARTICIPANTS = each(
  (index) => `simulator=${participantOf(index)}:${VERSION}/${typeOf(index)}:${VERSION}`,
).join(',')

/** Start phases of the loop's elements: all at once, or one after the other. */
export type Phases = 'one-phase' | 'four-phases'

const IDENTIFIER = 'org.homeostat.bench.Identifier'
const ELEMENT = 'org.onap.policy.clamp.controlloop.ControlLoopElement'
const LOOP = 'org.onap.policy.clamp.controlloop.ControlLoop'
const common = (type: object) => ({ ...type, metadata: { common: true } })

const elementName = (phases: Phases, index: number): string => `org.homeostat.bench.${phases}.Element${index}`
export const definitionName = (phases: Phases): string => `org.homeostat.bench.${phases}.Definition`

const nodeTemplates = (phases: Phases): Readonly<Record<string, object>> => ({
  ...Object.fromEntries(
    each((index) => [
      elementName(phases, index),
      {
        version: VERSION,
        type: ELEMENT,
        type_version: VERSION,
        properties: {
          participantType: named(typeOf(index)),
          participantId: named(participantOf(index)),
          startPhase: phases === 'one-phase' ? 0 : index,
        },
      },
    ]),
  ),
  [definitionName(phases)]: {
    version: VERSION,
    type: LOOP,
    type_version: VERSION,
    properties: { elements: each((index) => named(elementName(phases, index))) },
  },
})

export const TEMPLATE = {
  tosca_definitions_version: 'tosca_simple_yaml_1_3',
  ...named('org.homeostat.bench.Loops'),
  data_types: {
    [IDENTIFIER]: {
      derived_from: 'tosca.datatypes.Root',
      properties: { name: { type: 'string' }, version: { type: 'string' } },
    },
  },
  node_types: {
    [ELEMENT]: {
      version: VERSION,
      derived_from: 'tosca.nodetypes.Root',
      properties: {
        participantType: common({ type: IDENTIFIER }),
        participantId: common({ type: IDENTIFIER, required: false }),
        startPhase: common({ type: 'integer', required: false, default: 0 }),
        window: { type: 'integer', required: false },
      },
    },
    [LOOP]: {
      version: VERSION,
      derived_from: 'tosca.nodetypes.Root',
      properties: { elements: common({ type: 'list', entry_schema: { type: IDENTIFIER } }) },
    },
  },
  topology_template: {
    node_templates: { ...nodeTemplates('one-phase'), ...nodeTemplates('four-phases') },
  },
}

/** A loop as `POST …/instantiation` takes it. */
export const loopOf = (name: string, phases: Phases) => ({
  ...named(name),
  definition: named(definitionName(phases)),
  description: 'a loop of the bench',
  elements: Object.fromEntries(
    each((index) => {
      const id = randomUUID()
      return [
        id,
        {
          id,
          definition: named(elementName(phases, index)),
          participantType: named(typeOf(index)),
          participantId: named(participantOf(index)),
          properties: { window: index },
        },
      ]
    }),
  ),
})

export const identifierOf = (name: string) => named(name)
