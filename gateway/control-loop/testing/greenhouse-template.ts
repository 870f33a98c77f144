/** A service template for tests: loops that keep the climate of a greenhouse. Two phases, two types of participants, a policy. */
export const GREENHOUSE = `tosca_definitions_version: tosca_simple_yaml_1_3
name: org.example.Greenhouse
version: 1.2.0
data_types:
  org.example.Identifier:
    derived_from: tosca.datatypes.Root
    properties:
      name: { type: string }
      version: { type: string }
policy_types:
  org.example.policies.Climate:
    version: 1.0.0
    derived_from: tosca.policies.Root
    properties:
      celsius: { type: integer }
node_types:
  org.onap.policy.clamp.controlloop.Participant:
    version: 1.0.1
    derived_from: tosca.nodetypes.Root
  org.onap.policy.clamp.controlloop.ControlLoopElement:
    version: 1.0.1
    derived_from: tosca.nodetypes.Root
    properties:
      provider: { type: string, required: false, metadata: { common: true } }
      participantType: { type: org.example.Identifier, metadata: { common: true } }
      participantId: { type: org.example.Identifier, required: false, metadata: { common: true } }
      startPhase: { type: integer, required: false, default: 0, metadata: { common: true } }
      uninitializedToPassiveTimeout: { type: integer, required: false, default: 60, metadata: { common: true } }
  org.onap.policy.clamp.controlloop.ControlLoop:
    version: 1.0.1
    derived_from: tosca.nodetypes.Root
    properties:
      provider: { type: string, required: false, metadata: { common: true } }
      elements:
        type: list
        entry_schema: { type: org.example.Identifier }
        metadata: { common: true }
  org.example.Actuator:
    version: 1.0.0
    derived_from: org.onap.policy.clamp.controlloop.ControlLoopElement
    properties:
      opening: { type: integer, default: 40, constraints: [{ in_range: [0, 100] }] }
      place: { type: string, required: false }
  org.example.ClimatePolicy:
    version: 1.0.0
    derived_from: org.onap.policy.clamp.controlloop.ControlLoopElement
    properties:
      policy_type_id: { type: org.example.Identifier, metadata: { common: true } }
topology_template:
  node_templates:
    org.example.ActuatorParticipant:
      version: 1.0.0
      type: org.onap.policy.clamp.controlloop.Participant
      type_version: 1.0.1
    org.example.Window:
      version: 1.0.0
      type: org.example.Actuator
      type_version: 1.0.0
      description: The windows in the roof
      properties:
        participantType: { name: org.example.ActuatorParticipant, version: 1.0.0 }
        startPhase: 1
        uninitializedToPassiveTimeout: 90
    org.example.Climate:
      version: 1.0.0
      type: org.example.ClimatePolicy
      type_version: 1.0.0
      properties:
        provider: Gardens
        participantType: { name: org.example.PolicyParticipant, version: 1.0.0 }
        policy_type_id: { name: org.example.policies.Climate, version: 1.0.0 }
    org.example.ClimateControlLoopDefinition:
      version: 1.0.0
      type: org.onap.policy.clamp.controlloop.ControlLoop
      type_version: 1.0.1
      description: Opens the windows when it is hot
      properties:
        provider: Gardens
        elements:
          - { name: org.example.Climate, version: 1.0.0 }
          - { name: org.example.Window, version: 1.0.0 }
  policies:
    - warm:
        type: org.example.policies.Climate
        type_version: 1.0.0
        version: 1.0.0
        properties: { celsius: 24 }
`

const named = (name: string, version = '1.0.0') => ({ name, version })

export const DEFINITION = named('org.example.ClimateControlLoopDefinition')
export const WINDOW = named('org.example.Window')
export const CLIMATE = named('org.example.Climate')
export const ACTUATORS = named('org.example.ActuatorParticipant')
export const POLICIES = named('org.example.PolicyParticipant')
export const ROOF = named('roof')
export const RULES = named('rules')

const uuid = (number: number, part: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(8, '0')}${String(part).padStart(4, '0')}`
export const windowOf = (number: number): string => uuid(number, 1)
export const climateOf = (number: number): string => uuid(number, 2)

/** A loop that names its participants. */
export const house = (number: number, properties: Readonly<Record<string, unknown>> = {}) => ({
  name: `house-${number}`,
  version: '1.0.0',
  definition: DEFINITION,
  description: `House ${number}`,
  elements: {
    [climateOf(number)]: { id: climateOf(number), definition: CLIMATE, participantId: RULES },
    [windowOf(number)]: {
      id: windowOf(number),
      definition: WINDOW,
      participantId: ROOF,
      ...(Object.keys(properties).length === 0 ? {} : { propertiesMap: properties }),
    },
  },
})
