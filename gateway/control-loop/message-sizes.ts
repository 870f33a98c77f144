/**
 * Whether what follows from a template, or from a loop, can be sent at all: it is written out as it will be sent, because that may be
 * several times as much as what came in. Found here, it is an answer that says so; found later, it would be a dead letter. Pure.
 */
import type { LoopSpec } from '../../actors/control-loop/protocol.ts'
import type { ControlLoopType } from '../../actors/model/tosca/element-type.ts'
import { definitionsFor, elementsFor, participantTypesOf } from '../../actors/service-template/content.ts'
import type { Content } from '../../actors/service-template/protocol.ts'
import { type Concept, conceptText } from '../../participants/protocol/concept.ts'
import type { Order } from '../../participants/protocol/conversation.ts'
import { encodeText, GENERATIONS } from '../../participants/protocol/generation.ts'
import { encode } from '../../runtime/codec.ts'
import { badRequest } from '../problem.ts'

/** Below what the runtime sends (`recordBytesMax`): addresses and ids come on top. */
const MESSAGE_BYTES_MAX = 950_000

/** What isn't known yet, as long as it can get. */
const HEAD = { messageId: 'x'.repeat(64), atMs: 0, to: {} }

/** @throws {Problem} 400 if it can't be stored, or its participants can't be told of it */
export const refuseTooLarge = (id: Concept, content: Content): void => {
  const name = `service template ${conceptText(id)}`
  refuse(name, 'what is kept of it', encode(content).length)
  for (const participantType of participantTypesOf(content)) {
    const elements = [...elementsFor(content, participantType)]
    const told = encode({ elements, definitions: definitionsFor(content, participantType) }).length
    const sent = orderBytes({ ...HEAD, type: 'define', participantType, elements })
    refuse(name, `what participants of type ${conceptText(participantType)} are told of it`, Math.max(told, sent))
  }
}

const refuse = (name: string, what: string, bytes: number): void => {
  if (bytes <= MESSAGE_BYTES_MAX) return
  throw badRequest('template-too-large', `${name} is too large: ${what} has ${bytes} bytes; ${tooMany}`, {
    bytes,
    bytesMax: MESSAGE_BYTES_MAX,
  })
}

const tooMany = `${MESSAGE_BYTES_MAX} are the most that a message may have`

/** What is wrong with a loop whose participants can't be told of all elements of a phase in one message, as they have to be. */
export const ordersTooLarge = (
  loop: Concept,
  { elements }: LoopSpec,
  type: ControlLoopType,
  fragmentBytes: number,
): string | undefined => {
  const types = new Map(type.elements.map((one) => [conceptText(one.definition), one]))
  const typeOf = (definition: Concept) => types.get(conceptText(definition))
  const phases = Map.groupBy(elements, ({ definition }) => typeOf(definition)?.startPhase ?? 0)
  for (const [startPhase, own] of phases) {
    const fragments = own.filter(({ definition }) => typeOf(definition)?.needsFragment).length
    const participants = own.map((element) => ({
      participantId: element.participantId,
      elements: [{ ...element, state: 'UNINITIALISED', orderedState: 'PASSIVE' } as const],
    }))
    const bytes =
      orderBytes({ ...HEAD, type: 'instantiate', loop, startPhase, participants }) + fragments * fragmentBytes
    if (bytes <= MESSAGE_BYTES_MAX) continue
    const policies = fragments === 0 ? '' : `, the policies of ${fragments} of them with ${fragmentBytes} each`
    return `its ${own.length} elements of start phase ${startPhase} make a message of ${bytes} bytes${policies}; ${tooMany}`
  }
  return undefined
}

const orderBytes = (order: Order): number =>
  Math.max(
    ...Object.values(GENERATIONS).flatMap((generation) =>
      generation.encodeOrder(order).map((message) => encodeText(message).length),
    ),
  )
