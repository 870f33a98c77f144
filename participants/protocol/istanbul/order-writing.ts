/** Orders of the runtime, as Istanbul's participants read them. */
import type { ElementDefinition, ElementOrder, Order } from '../conversation.ts'
import type { WireMessage } from '../wire.ts'
import type { OrderType } from './message-types.ts'
import { instantText, present } from './shape.ts'
import { toscaProperties } from './tosca-property.ts'

export const encodeOrder = (order: Order): readonly WireMessage[] => [wireMessage(order)]

const wireMessage = (order: Order): WireMessage => {
  switch (order.type) {
    case 'registered':
      return acknowledgement(order, 'PARTICIPANT_REGISTER_ACK', 'Participant Register Ack')
    case 'deregistered':
      return acknowledgement(order, 'PARTICIPANT_DEREGISTER_ACK', 'Participant Deregister Ack')
    case 'define':
      return request(order, 'PARTICIPANT_UPDATE', {
        participantDefinitionUpdates: [
          {
            participantType: order.participantType,
            controlLoopElementDefinitionList: order.elements.map(wireDefinition),
          },
        ],
      })
    case 'undefine':
      return request(order, 'PARTICIPANT_UPDATE', { participantDefinitionUpdates: [] })
    case 'instantiate':
      return request(order, 'CONTROL_LOOP_UPDATE', {
        controlLoopId: order.loop,
        startPhase: order.startPhase,
        participantUpdatesList: order.participants.map(({ participantId, elements }) => ({
          participantId,
          controlLoopElementList: elements.map(wireElement),
        })),
      })
    case 'change-state':
      return request(order, 'CONTROL_LOOP_STATE_CHANGE', {
        controlLoopId: order.loop,
        orderedState: order.orderedState,
        startPhase: order.startPhase,
      })
    case 'ask-status':
      // With the type, too: by the id alone it would be a broadcast (`appliesTo`), as it is in the original.
      return request(order, 'PARTICIPANT_STATUS_REQ', {})
    case 'set-mode':
      return request(order, 'PARTICIPANT_STATE_CHANGE', { state: order.state })
  }
}

/** Acknowledgements have neither an id nor a time of their own. */
const acknowledgement = (
  { to, responseTo }: Extract<Order, { type: 'registered' | 'deregistered' }>,
  messageType: OrderType,
  message: string,
): WireMessage =>
  present({
    messageType,
    responseTo,
    result: true,
    message,
    participantType: to.participantType,
    participantId: to.participantId,
  })

const request = (
  { messageId, atMs, to }: Order,
  messageType: OrderType,
  fields: Readonly<Record<string, unknown>>,
): WireMessage =>
  present({
    messageType,
    messageId,
    timestamp: instantText(atMs),
    participantType: to.participantType,
    participantId: to.participantId,
    ...fields,
  })

const wireDefinition = ({ definition, nodeTemplate, commonProperties }: ElementDefinition): WireMessage => ({
  clElementDefinitionId: definition,
  controlLoopElementToscaNodeTemplate: nodeTemplate,
  commonPropertiesMap: toscaProperties(commonProperties),
})

const wireElement = (element: ElementOrder): WireMessage =>
  present({
    id: element.elementId,
    definition: element.definition,
    participantType: element.participantType,
    participantId: element.participantId,
    state: element.state,
    orderedState: element.orderedState,
    description: element.description,
    toscaServiceTemplateFragment: element.templateFragment,
    propertiesMap: toscaProperties(element.properties),
  })
