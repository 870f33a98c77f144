/**
 * Messages of the Istanbul generation as they stand on the topic, one of each kind, with values of our own. Recorded: a codec that
 * writes something else has broken what is in the field.
 */
import type { Order, Report } from '../protocol/conversation.ts'

const HTTP_TYPE = { name: 'org.onap.k8s.controlloop.HttpControlLoopParticipant', version: '2.3.4' }
const HTTP_ID = { name: 'HttpParticipant0', version: '1.0.0' }
const LOOP = { name: 'PMSHInstance0', version: '1.0.1' }
const DEFINITION = { name: 'org.onap.domain.database.Http_PMSHMicroserviceControlLoopElement', version: '1.2.3' }
const ELEMENT = '709c62b3-8918-41b9-a747-d21eb79c6c20'
const AT = '2021-10-01T09:00:00.123Z'
const AT_MS = Date.UTC(2021, 9, 1, 9, 0, 0, 123)
const ID = 'b1d6c4d2-7a3f-4c3e-9f0a-2f1f0a6f7f01'
const OTHER_ID = '5f0b1f1a-0f0e-4a57-9a5d-7d3b4f0c1c02'
const addressed = { participantType: HTTP_TYPE, participantId: HTTP_ID }

export interface OrderSample {
  readonly order: Order
  readonly wire: Readonly<Record<string, unknown>>
}

export interface ReportSample {
  readonly report: Report
  readonly wire: Readonly<Record<string, unknown>>
}

export const SAMPLE_AT_MS = AT_MS

const head = { messageId: ID, atMs: AT_MS, to: {} }

export const ORDER_SAMPLES: readonly OrderSample[] = [
  {
    // An acknowledgement has no id and no time of its own.
    order: { type: 'registered', messageId: OTHER_ID, atMs: 0, to: addressed, responseTo: OTHER_ID },
    wire: {
      messageType: 'PARTICIPANT_REGISTER_ACK',
      responseTo: OTHER_ID,
      result: true,
      message: 'Participant Register Ack',
      ...addressed,
    },
  },
  {
    order: { type: 'deregistered', messageId: OTHER_ID, atMs: 0, to: {}, responseTo: OTHER_ID },
    wire: {
      messageType: 'PARTICIPANT_DEREGISTER_ACK',
      responseTo: OTHER_ID,
      result: true,
      message: 'Participant Deregister Ack',
    },
  },
  {
    order: {
      ...head,
      type: 'define',
      to: { participantType: HTTP_TYPE },
      participantType: HTTP_TYPE,
      elements: [
        {
          definition: DEFINITION,
          nodeTemplate: {
            name: DEFINITION.name,
            version: DEFINITION.version,
            type: 'org.onap.policy.clamp.controlloop.HttpControlLoopElement',
            type_version: '1.0.1',
            properties: { startPhase: 1 },
          },
          commonProperties: { startPhase: 1, provider: 'ONAP', headers: { accept: '*/*' }, phases: [1, 2] },
        },
      ],
    },
    wire: {
      messageType: 'PARTICIPANT_UPDATE',
      messageId: ID,
      timestamp: AT,
      participantType: HTTP_TYPE,
      participantDefinitionUpdates: [
        {
          participantType: HTTP_TYPE,
          controlLoopElementDefinitionList: [
            {
              clElementDefinitionId: DEFINITION,
              controlLoopElementToscaNodeTemplate: {
                name: DEFINITION.name,
                version: DEFINITION.version,
                type: 'org.onap.policy.clamp.controlloop.HttpControlLoopElement',
                type_version: '1.0.1',
                properties: { startPhase: 1 },
              },
              commonPropertiesMap: {
                startPhase: {
                  name: 'startPhase',
                  type: 'integer',
                  required: false,
                  default: 1,
                  metadata: { value_in: 'default' },
                },
                provider: {
                  name: 'provider',
                  type: 'string',
                  required: false,
                  default: 'ONAP',
                  metadata: { value_in: 'default' },
                },
                headers: {
                  name: 'headers',
                  type: 'map',
                  required: false,
                  default: { accept: '*/*' },
                  metadata: { value_in: 'default' },
                },
                phases: {
                  name: 'phases',
                  type: 'list',
                  required: false,
                  default: [1, 2],
                  metadata: { value_in: 'default' },
                },
              },
            },
          ],
        },
      ],
    },
  },
  {
    order: { ...head, type: 'undefine' },
    wire: { messageType: 'PARTICIPANT_UPDATE', messageId: ID, timestamp: AT, participantDefinitionUpdates: [] },
  },
  {
    order: {
      ...head,
      type: 'instantiate',
      loop: LOOP,
      startPhase: 1,
      participants: [
        {
          participantId: HTTP_ID,
          elements: [
            {
              elementId: ELEMENT,
              definition: DEFINITION,
              ...addressed,
              description: 'Requests of the PMSH microservice',
              state: 'UNINITIALISED',
              orderedState: 'PASSIVE',
              properties: { baseUrl: 'http://consul:8500' },
              templateFragment: { policy_types: {} },
            },
          ],
        },
      ],
    },
    wire: {
      messageType: 'CONTROL_LOOP_UPDATE',
      messageId: ID,
      timestamp: AT,
      controlLoopId: LOOP,
      startPhase: 1,
      participantUpdatesList: [
        {
          participantId: HTTP_ID,
          controlLoopElementList: [
            {
              id: ELEMENT,
              definition: DEFINITION,
              ...addressed,
              state: 'UNINITIALISED',
              orderedState: 'PASSIVE',
              description: 'Requests of the PMSH microservice',
              toscaServiceTemplateFragment: { policy_types: {} },
              propertiesMap: {
                baseUrl: {
                  name: 'baseUrl',
                  type: 'string',
                  required: false,
                  default: 'http://consul:8500',
                  metadata: { value_in: 'default' },
                },
              },
            },
          ],
        },
      ],
    },
  },
  {
    order: { ...head, type: 'change-state', loop: LOOP, orderedState: 'UNINITIALISED' },
    wire: {
      messageType: 'CONTROL_LOOP_STATE_CHANGE',
      messageId: ID,
      timestamp: AT,
      controlLoopId: LOOP,
      orderedState: 'UNINITIALISED',
    },
  },
  {
    order: { ...head, type: 'change-state', loop: LOOP, orderedState: 'RUNNING', startPhase: 0 },
    wire: {
      messageType: 'CONTROL_LOOP_STATE_CHANGE',
      messageId: ID,
      timestamp: AT,
      controlLoopId: LOOP,
      orderedState: 'RUNNING',
      startPhase: 0,
    },
  },
  {
    order: { ...head, type: 'ask-status', to: addressed },
    wire: { messageType: 'PARTICIPANT_STATUS_REQ', messageId: ID, timestamp: AT, ...addressed },
  },
  {
    order: { ...head, type: 'set-mode', to: addressed, state: 'TEST' },
    wire: { messageType: 'PARTICIPANT_STATE_CHANGE', messageId: ID, timestamp: AT, ...addressed, state: 'TEST' },
  },
]

export const REPORT_SAMPLES: readonly ReportSample[] = [
  {
    report: { ...addressed, type: 'register', messageId: ID },
    wire: { messageType: 'PARTICIPANT_REGISTER', ...addressed, messageId: ID, timestamp: AT },
  },
  {
    report: { ...addressed, type: 'deregister', messageId: ID },
    wire: { messageType: 'PARTICIPANT_DEREGISTER', ...addressed, messageId: ID, timestamp: AT },
  },
  {
    report: {
      ...addressed,
      type: 'definitions-known',
      responseTo: OTHER_ID,
      ok: true,
      message: 'known',
      state: 'ACTIVE',
    },
    wire: {
      messageType: 'PARTICIPANT_UPDATE_ACK',
      ...addressed,
      responseTo: OTHER_ID,
      result: true,
      message: 'known',
      state: 'ACTIVE',
    },
  },
  {
    report: {
      ...addressed,
      type: 'elements-changed',
      loop: LOOP,
      responseTo: OTHER_ID,
      isKnownAlready: false,
      ok: true,
      message: 'instantiated',
      results: [{ elementId: ELEMENT, state: 'PASSIVE', ok: true, message: 'instantiated' }],
    },
    wire: {
      messageType: 'CONTROLLOOP_STATECHANGE_ACK',
      ...addressed,
      responseTo: OTHER_ID,
      result: true,
      message: 'instantiated',
      controlLoopId: LOOP,
      controlLoopResultMap: { [ELEMENT]: { state: 'PASSIVE', result: true, message: 'instantiated' } },
    },
  },
  {
    report: {
      ...addressed,
      type: 'elements-changed',
      loop: LOOP,
      isKnownAlready: true,
      ok: false,
      message: 'Control loop PMSHInstance0:1.0.1 already defined on participant HttpParticipant0:1.0.0',
      results: [],
    },
    wire: {
      messageType: 'CONTROLLOOP_UPDATE_ACK',
      ...addressed,
      result: false,
      message: 'Control loop PMSHInstance0:1.0.1 already defined on participant HttpParticipant0:1.0.0',
      controlLoopId: LOOP,
      controlLoopResultMap: {},
    },
  },
  {
    report: {
      ...addressed,
      type: 'status',
      messageId: ID,
      atMs: AT_MS,
      state: 'ACTIVE',
      healthStatus: 'HEALTHY',
      statistics: {
        atMs: AT_MS,
        state: 'ACTIVE',
        healthStatus: 'HEALTHY',
        eventCount: 12,
        lastExecutionTimeMs: 34,
        averageExecutionTimeMs: 17.5,
        upTimeMs: 60_000,
        lastEnterTimeMs: AT_MS - 5_000,
        lastStartMs: AT_MS - 60_000,
      },
      loops: [
        {
          loop: LOOP,
          state: 'RUNNING',
          elements: [{ elementId: ELEMENT, atMs: AT_MS, state: 'RUNNING', upTimeMs: 4_000 }],
        },
      ],
    },
    wire: {
      messageType: 'PARTICIPANT_STATUS',
      ...addressed,
      messageId: ID,
      timestamp: AT,
      state: 'ACTIVE',
      healthStatus: 'HEALTHY',
      participantStatistics: {
        participantId: HTTP_ID,
        timeStamp: AT,
        state: 'ACTIVE',
        healthStatus: 'HEALTHY',
        eventCount: 12,
        lastExecutionTime: 34,
        averageExecutionTime: 17.5,
        upTime: 60_000,
        lastEnterTime: AT_MS - 5_000,
        lastStart: AT_MS - 60_000,
      },
      participantDefinitionUpdates: [],
      controlLoopInfoList: [
        {
          controlLoopId: LOOP,
          state: 'RUNNING',
          controlLoopStatistics: {
            controlLoopId: LOOP,
            timeStamp: AT,
            clElementStatisticsList: {
              clElementStatistics: [
                {
                  id: ELEMENT,
                  participantId: HTTP_ID,
                  timeStamp: AT,
                  controlLoopState: 'RUNNING',
                  clElementUptime: 4_000,
                },
              ],
            },
          },
        },
      ],
    },
  },
]

/** Of the release before: other names for the same things. It is of no use here, and must do no harm. */
export const HONOLULU_STATUS = {
  response: { responseTo: OTHER_ID, responseStatus: 'SUCCESS', responseMessage: 'Resonpse Message' },
  state: 'PASSIVE',
  healthStatus: 'HEALTHY',
  elements: [[LOOP, { [ELEMENT]: { id: ELEMENT, definition: DEFINITION, state: 'PASSIVE', orderedState: 'PASSIVE' } }]],
  message: 'Control Loop Elements passivated',
  messageType: 'PARTICIPANT_STATUS',
  requestId: ID,
  timestampMs: 1_612_169_281_148,
  participantId: HTTP_ID,
  controlLoopId: null,
}
