/** Examples for the document of the API: a loop that keeps the water of a canal lock at its level. A test sends them. */
import { parse } from 'yaml'

export const TEMPLATE_EXAMPLE = `tosca_definitions_version: tosca_simple_yaml_1_3
name: org.example.Lock
version: 1.0.0
data_types:
  org.example.Identifier:
    derived_from: tosca.datatypes.Root
    properties:
      name: { type: string }
      version: { type: string }
node_types:
  org.onap.policy.clamp.controlloop.ControlLoopElement:
    version: 1.0.0
    derived_from: tosca.nodetypes.Root
    properties:
      participantType: { type: org.example.Identifier, metadata: { common: true } }
  org.onap.policy.clamp.controlloop.ControlLoop:
    version: 1.0.0
    derived_from: tosca.nodetypes.Root
    properties:
      elements:
        type: list
        entry_schema: { type: org.example.Identifier }
        metadata: { common: true }
  org.example.LockElement:
    version: 1.0.0
    derived_from: org.onap.policy.clamp.controlloop.ControlLoopElement
    properties:
      opening: { type: integer, default: 40, constraints: [{ in_range: [0, 100] }] }
topology_template:
  node_templates:
    org.example.Gate:
      version: 1.0.0
      type: org.example.LockElement
      type_version: 1.0.0
      properties:
        participantType: { name: org.example.LockParticipant, version: 1.0.0 }
    org.example.LevelLoop:
      version: 1.0.0
      type: org.onap.policy.clamp.controlloop.ControlLoop
      type_version: 1.0.0
      description: Keeps the water at its level
      properties:
        elements:
          - { name: org.example.Gate, version: 1.0.0 }
`

const named = (name: string, version = '1.0.0') => ({ name, version })

export const TEMPLATE_JSON_EXAMPLE: unknown = parse(TEMPLATE_EXAMPLE)

export const COMMISSIONED_EXAMPLE = {
  affectedControlLoopDefinitions: [named('org.example.Gate'), named('org.example.LevelLoop')],
}

const ELEMENT_ID = '3f1c2a52-9c4b-4d5e-8a38-0d3f7d1e6b01'

export const LOOPS_EXAMPLE = {
  controlLoopList: [
    {
      ...named('lock-7'),
      definition: named('org.example.LevelLoop'),
      description: 'The seventh lock',
      elements: {
        [ELEMENT_ID]: {
          id: ELEMENT_ID,
          definition: named('org.example.Gate'),
          participantId: named('lock-participant-1'),
          propertiesMap: { opening: 55 },
        },
      },
    },
  ],
}

export const SHOWN_EXAMPLE = {
  controlLoopList: [
    {
      ...named('lock-7'),
      definition: named('org.example.LevelLoop'),
      state: 'UNINITIALISED',
      orderedState: 'UNINITIALISED',
      description: 'The seventh lock',
      primed: false,
      elements: {
        [ELEMENT_ID]: {
          id: ELEMENT_ID,
          definition: named('org.example.Gate'),
          participantType: named('org.example.LockParticipant'),
          participantId: named('lock-participant-1'),
          state: 'UNINITIALISED',
          orderedState: 'UNINITIALISED',
          description: '',
          propertiesMap: {
            opening: {
              name: 'opening',
              type: 'integer',
              required: false,
              default: 55,
              metadata: { value_in: 'default' },
            },
          },
        },
      },
    },
  ],
}

export const COMMAND_EXAMPLE = { orderedState: 'PASSIVE', controlLoopIdentifierList: [named('lock-7')] }

export const INSTANTIATED_EXAMPLE = { affectedControlLoops: [named('lock-7')] }

export const INSTANCE_PROPERTIES_EXAMPLE = `topology_template:
  node_templates:
    org.example.LevelLoop:
      version: 1.0.0
      type: org.onap.policy.clamp.controlloop.ControlLoop
    org.example.Gate:
      version: 1.0.0
      type: org.example.LockElement
      properties:
        opening: 55
`

export const INSTANCE_PROPERTIES_JSON_EXAMPLE: unknown = parse(INSTANCE_PROPERTIES_EXAMPLE)

export const SAVED_EXAMPLE = {
  affectedInstanceProperties: [named('org.example.Gate_Instance1')],
  affectedControlLoops: [named('LevelLoop_Instance1')],
}

export const REFUSED_EXAMPLE = {
  errorDetails: 'Control Loop not found: lock-8:1.0.0',
  details: { code: 'not-found', ...named('lock-8'), nearest: ['lock-7:1.0.0'] },
}
