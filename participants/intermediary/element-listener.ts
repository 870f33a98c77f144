/** What one writes to make a participant. */
import type { Concept } from '../protocol/concept.ts'
import type { Properties } from '../protocol/conversation.ts'

/** What an operation works on. */
export interface ElementContext {
  readonly loop: Concept
  /** A UUID, unique among all loops. */
  readonly elementId: string
  /** Its type, as it was commissioned. */
  readonly definition: Concept
  /** As it stands in the service template: `name`, `type`, `properties`, … */
  readonly nodeTemplate: Properties
  /** Set once per type. */
  readonly commonProperties: Properties
  /** Set per instance. */
  readonly properties: Properties
  /** Policies and their types, for elements that need them. */
  readonly templateFragment: Properties | undefined
  /** TEST: the operation is to be carried out in a test environment, and leave the live one alone. */
  readonly mode: 'TEST' | 'ACTIVE'
  /** Raised when there is no use in going on: something contrary was ordered, it took too long, or the participant stops. */
  readonly signal: AbortSignal
}

/** The text is told to whoever ordered it. Without one, it says what was done. */
export type OperationText = string | void

/**
 * Each operation may be called again after a failure, and after a restart (a participant forgets everything), so it should do
 * no harm to find done what it is to do. Of one element, one operation at a time. What throws has failed: the message of
 * the error is told, and the element stays where it was.
 */
export interface ElementListener {
  /** UNINITIALISED → PASSIVE: everything is there and nothing works. Also called with other properties than before. */
  instantiate(element: ElementContext): OperationText | Promise<OperationText>
  /** PASSIVE → RUNNING. */
  run(element: ElementContext): OperationText | Promise<OperationText>
  /** RUNNING → PASSIVE. */
  passivate(element: ElementContext): OperationText | Promise<OperationText>
  /** PASSIVE → UNINITIALISED: nothing is left. Also called after an `instantiate` that failed, to clean up. */
  uninstantiate(element: ElementContext): OperationText | Promise<OperationText>
  /** Asked when a status is due: what is known better than by the clock since `instantiate`. */
  statistics?(element: ElementContext): ElementMeasures | Promise<ElementMeasures>
}

export interface ElementMeasures {
  readonly upTimeMs?: number
}
