/**
 * Takes one element where it was ordered to be, in the participant's mode of that moment. What was really done is
 * kept apart for the live and the test environment, so an element that was only rehearsed, or only tested, is made up for
 * when the participant has become ACTIVE.
 */
import { isDeepStrictEqual } from 'node:util'
import { errorText } from '../../runtime/fault.ts'
import type { Clock } from '../../runtime/ports.ts'
import { conceptText } from '../protocol/concept.ts'
import type { ElementResult } from '../protocol/conversation.ts'
import type { LoopState, OrderedState, ParticipantState } from '../protocol/states.ts'
import type { DefinitionTable } from './definition-table.ts'
import type { Element, Environment } from './element.ts'
import type { ElementData } from './element-data.ts'
import type { ExecutionStatistics } from './execution-statistics.ts'
import type { ListenerCalls } from './listener-calls.ts'
import { alreadyText, doneText, isWorking, rehearsedText, rejectionText } from './modes.ts'
import { OperationContext } from './operation-context.ts'
import { END_OF, isOrderedState, type Operation, stepsBetween, TRANSITION_OF } from './steps.ts'
import type { Work } from './work.ts'

export interface CarryingOutParts {
  readonly clock: Clock
  readonly calls: ListenerCalls
  readonly definitions: DefinitionTable
  readonly statistics: ExecutionStatistics
  readonly mode: () => ParticipantState
  readonly messageCharsMax: number
  readonly onChange: (element: Element) => void
}

interface Step {
  readonly operation: Operation
  readonly environment: Environment
  readonly mode: 'TEST' | 'ACTIVE'
}

export class CarryingOut {
  readonly #parts: CarryingOutParts

  constructor(parts: CarryingOutParts) {
    this.#parts = parts
  }

  /** Never rejects. */
  async run(element: Element, work: Work): Promise<ElementResult> {
    const mode = this.#parts.mode()
    const { target, data } = work
    if (!isWorking(mode)) return this.#result(element, false, rejectionText(mode, target))
    const state = isOrderedState(element.state) ? element.state : 'UNINITIALISED'
    work.from = state
    const refusal = refusalOf(state, target, data, element.data)
    if (refusal !== undefined) return this.#result(element, false, refusal)
    // Whoever has it RUNNING and hears that it is to come into being has it already.
    if (data && state === 'RUNNING') return this.#result(element, true, alreadyText(mode, state))

    const isNewData = data !== undefined && !isSameData(data, element.data)
    if (data) element.data = data
    if (target !== 'UNINITIALISED') {
      const problem = await this.#learnDefinition(element, work)
      if (problem !== undefined) return this.#result(element, false, problem)
    }
    if (mode === 'SAFE') {
      const operations = isNewData && state === target ? (['instantiate'] as const) : stepsBetween(state, target)
      this.#become(element, target)
      return this.#result(element, true, operations.length > 0 ? rehearsedText(operations) : alreadyText(mode, target))
    }

    const steps = stepsTo(element, target, mode, isNewData)
    let text: string | undefined
    for (const step of steps) {
      const done = await this.#perform(element, work, step)
      if (!done.ok) {
        this.#become(element, step.environment.state)
        return this.#result(element, false, done.text)
      }
      text = text === undefined ? done.text : `${text}; ${done.text}`
    }
    this.#become(element, target)
    return this.#result(element, true, text ?? alreadyText(mode, target))
  }

  async #perform(element: Element, work: Work, { operation, environment, mode }: Step) {
    const { calls, clock, statistics } = this.#parts
    this.#become(element, TRANSITION_OF[operation])
    const place = calls.place()
    if (place) await place
    const beganAtMs = clock.now()
    try {
      // Given up while it waited: nothing was begun.
      if (work.givenUp !== undefined) return { ok: false, text: `given up: ${work.givenUp}` }
      if (!element.definition) throw new Error(unknownText(element))
      if (operation === 'instantiate') environment.isTouched = true
      const context = new OperationContext(element, element.definition, mode, work)
      const called = calls.call(operation, context, work)
      const said = typeof called === 'object' ? await called : called
      environment.state = END_OF[operation]
      if (operation === 'uninstantiate') environment.isTouched = false
      statistics.count(beganAtMs, clock.now(), true)
      return { ok: true, text: doneText(mode, operation, typeof said === 'string' ? said : undefined) }
    } catch (error) {
      statistics.count(beganAtMs, clock.now(), false)
      return { ok: false, text: doneText(mode, operation, failureText(error, work)) }
    } finally {
      calls.release()
    }
  }

  /** Waits for it if need be. @returns what is wrong */
  async #learnDefinition(element: Element, work: Work): Promise<string | undefined> {
    const { definitions } = this.#parts
    const { definition } = element.data.order
    if (element.definition && conceptText(element.definition.definition) === conceptText(definition)) {
      // What was commissioned again since, if it is still there.
      element.definition = definitions.get(definition) ?? element.definition
      return undefined
    }
    const found = definitions.get(definition) ?? (await definitions.awaited(definition, work.onWait))
    if (found) element.definition = found
    else return work.givenUp === undefined ? unknownText(element) : `given up: ${work.givenUp}`
    return undefined
  }

  #become(element: Element, state: LoopState): void {
    if (element.state === state) return
    element.state = state
    if (state === 'UNINITIALISED') element.upSinceMs = undefined
    else if (isOrderedState(state)) element.upSinceMs ??= this.#parts.clock.now()
    this.#parts.onChange(element)
  }

  #result({ elementId, state }: Element, ok: boolean, message: string): ElementResult {
    return { elementId, state, ok, message: message.slice(0, this.#parts.messageCharsMax) }
  }
}

const refusalOf = (
  state: OrderedState,
  target: OrderedState,
  data: ElementData | undefined,
  known: ElementData,
): string | undefined => {
  if (data) {
    if (state !== 'RUNNING' || isSameData(data, known)) return undefined
    return 'is RUNNING with other properties: it has to be PASSIVE to get new ones'
  }
  return state === 'UNINITIALISED' && target !== 'UNINITIALISED'
    ? `is UNINITIALISED: it has to be instantiated before it can be ${target}`
    : undefined
}

/** In the environment of the mode. Where nothing is to be left, ACTIVE clears what tests have left, too. */
const stepsTo = (element: Element, target: OrderedState, mode: 'TEST' | 'ACTIVE', isNewData: boolean): Step[] => {
  const steps = (environment: Environment, within: 'TEST' | 'ACTIVE'): Step[] => {
    const operations: readonly Operation[] =
      target === 'UNINITIALISED' && environment.state === 'UNINITIALISED' && environment.isTouched
        ? ['uninstantiate']
        : isNewData && environment.state === target
          ? ['instantiate']
          : stepsBetween(environment.state, target)
    return operations.map((operation) => ({ operation, environment, mode: within }))
  }
  if (mode === 'TEST') return steps(element.test, 'TEST')
  const leftovers = target === 'UNINITIALISED' ? steps(element.test, 'TEST') : []
  return [...leftovers, ...steps(element.live, 'ACTIVE')]
}

export const isSameData = (a: ElementData, b: ElementData): boolean =>
  a === b ||
  (conceptText(a.order.definition) === conceptText(b.order.definition) &&
    isDeepStrictEqual(a.order.properties, b.order.properties) &&
    isDeepStrictEqual(a.order.templateFragment, b.order.templateFragment))

const unknownText = ({ data }: Element): string =>
  `definition ${conceptText(data.order.definition)} isn't known here: was it commissioned on this participant?`

const failureText = (error: unknown, { givenUp }: Work): string => {
  const text = errorText(error)
  const said = text === '' ? 'failed, and gave no reason' : text
  return givenUp === undefined || said === givenUp ? said : `given up: ${givenUp} (${said})`
}
