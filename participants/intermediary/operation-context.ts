/** What a listener sees of an element and of the operation. */
import type { Concept } from '../protocol/concept.ts'
import type { ElementDefinition, Properties } from '../protocol/conversation.ts'
import type { Element } from './element.ts'
import type { ElementData } from './element-data.ts'
import type { ElementContext } from './element-listener.ts'
import type { Work } from './work.ts'

export class OperationContext implements ElementContext {
  readonly loop: Concept
  readonly elementId: string
  readonly definition: Concept
  readonly nodeTemplate: Properties
  readonly commonProperties: Properties
  readonly properties: Properties
  readonly templateFragment: Properties | undefined
  readonly mode: 'TEST' | 'ACTIVE'
  readonly #work: Pick<Work, 'signal'>

  constructor(
    { entry, elementId }: Element,
    data: ElementData,
    { nodeTemplate, commonProperties }: ElementDefinition,
    mode: 'TEST' | 'ACTIVE',
    work: Pick<Work, 'signal'>,
  ) {
    this.loop = entry.loop
    this.elementId = elementId
    this.definition = data.order.definition
    this.nodeTemplate = nodeTemplate
    this.commonProperties = commonProperties
    this.properties = data.order.properties
    this.templateFragment = data.order.templateFragment
    this.mode = mode
    this.#work = work
  }

  get signal(): AbortSignal {
    return this.#work.signal
  }
}
