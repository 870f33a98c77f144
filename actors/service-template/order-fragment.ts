/** Orders of loops whose elements need policies and types that only the template has. */
import { conceptText } from '../../participants/protocol/concept.ts'
import type { Order } from '../../participants/protocol/conversation.ts'
import { GENERATIONS } from '../../participants/protocol/generation.ts'
import type { Effect } from '../../runtime/entity.ts'
import type { Content, TemplateCommand, TemplateState } from './protocol.ts'

/** A template that has gone publishes it as it is: a participant that can't do it says so, and the loop tells its owner. */
export const publishOrder = (
  { content }: TemplateState,
  { generation, key, order }: Extract<TemplateCommand, { type: 'publish-order' }>,
  topic: string,
): readonly Effect[] =>
  GENERATIONS[generation]
    .encodeOrder(content ? withFragment(order, content) : order)
    .map((message) => ({ type: 'publish', topic, key, message, encoding: 'json' }))

const withFragment = (order: Order, content: Content): Order => {
  if (order.type !== 'instantiate') return order
  const inNeed = elementsInNeed(content)
  return {
    ...order,
    participants: order.participants.map(({ participantId, elements }) => ({
      participantId,
      elements: elements.map((element) =>
        inNeed.has(conceptText(element.definition)) ? { ...element, templateFragment: content.fragment } : element,
      ),
    })),
  }
}

const elementsInNeed = ({ loopTypes }: Content): ReadonlySet<string> =>
  new Set(
    loopTypes.flatMap(({ type }) =>
      type.elements.flatMap(({ definition, needsFragment }) => (needsFragment ? [conceptText(definition)] : [])),
    ),
  )
