/** A service template for tests: loops that keep the water of a canal at its level. */
export const SLUICE_TEMPLATE = `tosca_definitions_version: tosca_simple_yaml_1_3
name: org.example.Sluices
version: 2.1.0
description: Keeps the water at its level
metadata:
  template_author: tests
data_types:
  org.example.Identifier:
    derived_from: tosca.datatypes.Root
    properties:
      name:
        type: string
      version:
        type: string
  org.example.Gauge:
    version: 1.0.0
    derived_from: tosca.datatypes.Root
    description: Where the level is measured
    properties:
      place:
        type: string
        constraints:
          - min_length: 2
      limits:
        type: list
        entry_schema: float
        required: false
      labels:
        type: map
        required: false
        key_schema:
          type: string
          constraints: [pattern: "[a-z]+"]
        entry_schema:
          type: string
      next:
        type: org.example.Gauge
        required: false
  org.example.Percent:
    derived_from: integer
    constraints:
      - in_range: [0, 100]
capability_types:
  org.example.Measures:
    derived_from: tosca.capabilities.Root
    valid_source_types: [org.example.SluiceElement]
relationship_types:
  org.example.Feeds:
    derived_from: tosca.relationships.Root
    valid_target_types: [org.example.Measures]
policy_types:
  org.example.policies.Level:
    version: 1.0.0
    derived_from: tosca.policies.Root
    properties:
      level:
        type: org.example.Percent
      station:
        type: string
        required: false
node_types:
  org.onap.policy.clamp.controlloop.Participant:
    version: 1.0.1
    derived_from: tosca.nodetypes.Root
  org.onap.policy.clamp.controlloop.ControlLoopElement:
    version: 1.0.1
    derived_from: tosca.nodetypes.Root
    properties:
      provider:
        type: string
        required: false
        metadata:
          common: true
      participantType:
        type: org.example.Identifier
        metadata:
          common: true
      startPhase:
        type: integer
        required: false
        constraints:
          - greater_or_equal: 0
        metadata:
          common: true
      uninitializedToPassiveTimeout:
        type: integer
        required: false
        default: 60
        metadata:
          common: true
      startDelay:
        type: integer
        required: false
        default: 0
        metadata:
          common: true
  org.onap.policy.clamp.controlloop.ControlLoop:
    version: 1.0.1
    derived_from: tosca.nodetypes.Root
    properties:
      provider:
        type: string
        required: false
        metadata:
          common: true
      elements:
        type: list
        metadata:
          common: true
        entry_schema:
          type: org.example.Identifier
  org.example.SeasonalLoop:
    derived_from: org.onap.policy.clamp.controlloop.ControlLoop
    properties:
      season:
        type: string
        required: false
  org.example.SluiceElement:
    version: 1.2.0
    derived_from: org.onap.policy.clamp.controlloop.ControlLoopElement
    properties:
      startPhase:
        type: integer
        default: 1
      opening:
        type: org.example.Percent
        description: How far it is open
      gauge:
        type: org.example.Gauge
        required: false
      station:
        type: string
        default: north
      url:
        type: string
        required: false
      settings:
        type: object
        required: false
    attributes:
      level:
        type: float
    requirements:
      - feed:
          capability: org.example.Measures
          occurrences: [0, UNBOUNDED]
    capabilities:
      measures: org.example.Measures
  org.example.PolicyElement:
    version: 1.0.0
    derived_from: org.example.SluiceElement
    properties:
      policy_type_id:
        type: org.example.Identifier
      policy_id:
        type: org.example.Identifier
        required: false
topology_template:
  inputs:
    host:
      type: string
      default: sluice.example.org
    port:
      type: integer
      required: false
    policy:
      type: org.example.Identifier
      default:
        name: level
        version: 1.0.0
  node_templates:
    org.example.SluiceParticipant:
      version: 3.0.0
      type: org.onap.policy.clamp.controlloop.Participant
      type_version: 1.0.1
    org.example.Gate:
      version: 1.0.0
      type: org.example.SluiceElement
      type_version: 1.2.0
      description: The gate itself
      properties:
        provider: Canal Works
        participantType:
          name: org.example.SluiceParticipant
          version: 3.0.0
        uninitializedToPassiveTimeout: 90
        startDelay: 250
        opening: 40
        gauge:
          place: lock
          limits: [0.5, 2]
          labels: {river: rhine}
        url:
          concat: ["http://", { get_input: host }, ":", { get_input: port }]
        settings:
          level: { get_attribute: [SELF, level] }
          host: { get_input: host }
          part: { token: [{ get_property: [SELF, station] }, "o", 1] }
      artifacts:
        script:
          type: org.example.Script
          content: |
            open the gate
        drawing:
          file: gate.svg
          repository: drawings
        photo: gate.png
      capabilities:
        measures:
          properties:
            unit: cm
    org.example.LevelPolicy:
      version: 1.0.0
      type: org.example.PolicyElement
      type_version: 1.0.0
      properties:
        participantType:
          name: org.example.SluiceParticipant
          version: 3.0.0
        startPhase: 2
        policy_type_id:
          name: org.example.policies.Level
          version: 1.0.0
        policy_id: { get_input: policy }
        opening: { get_property: [org.example.Gate, opening] }
        station: { get_property: [org.example.Gate, gauge, place] }
    org.example.SummerLoop:
      version: 1.0.0
      type: org.example.SeasonalLoop
      description: For the dry months
      properties:
        provider: Canal Works
        elements:
          - name: org.example.Gate
            version: 1.0.0
          - name: org.example.LevelPolicy
            version: 1.0.0
    org.example.WinterLoop:
      version: 1.0.0
      type: org.onap.policy.clamp.controlloop.ControlLoop
      properties:
        elements:
          - name: org.example.Gate
            version: 1.0.0
  policies:
    - level:
        type: org.example.policies.Level
        type_version: 1.0.0
        version: 1.0.0
        metadata:
          policy-id: level
        properties:
          level: 55
          station: { get_input: host }
`
