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
import { END_OF, isOrderedState, type Operation, stepsBetween, stepsOfUpdate, TRANSITION_OF } from './steps.ts'
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

  /** Never rejects. Until something is begun, it is the present mode that decides. */
  async run(element: Element, work: Work): Promise<ElementResult> {
    let result: ElementResult | undefined
    while (!result) result = await this.#runIn(this.#parts.mode(), element, work)
    return result
  }

  /** @returns `undefined` if the mode has changed before anything was begun; then the element is as it was */
  async #runIn(mode: ParticipantState, element: Element, work: Work): Promise<ElementResult | undefined> {
    const { target, data } = work
    if (!isWorking(mode)) return this.#result(element, false, rejectionText(mode, target))
    const environment = mode === 'TEST' ? element.test : element.live
    const state = isOrderedState(element.state) ? element.state : environment.state
    const known = element.data
    work.from = state
    const refusal = refusalOf(state, target, data, element, environment)
    if (refusal !== undefined) return this.#result(element, false, refusal)
    // Whoever has it RUNNING and hears that it is to come into being has it already.
    if (data && state === 'RUNNING') return this.#result(element, true, alreadyText(mode, state))

    if (data) element.data = data
    if (target !== 'UNINITIALISED') {
      const problem = await this.#learnDefinition(element, work)
      if (problem !== undefined) return this.#result(element, false, problem)
      if (mode !== this.#parts.mode()) return this.#leave(element, state, known)
    }
    if (mode === 'SAFE') {
      const operations = rehearsedSteps(element, state, target, known)
      this.#become(element, target)
      return this.#result(element, true, operations.length > 0 ? rehearsedText(operations) : alreadyText(mode, target))
    }

    const texts: string[] = []
    for (const step of stepsTo(element, target, mode)) {
      const hasBegun = texts.length > 0
      const done = await this.#perform(element, work, step, () => hasBegun || mode === this.#parts.mode())
      if (!done) return this.#leave(element, state, known)
      if (!done.ok) {
        this.#become(element, environment.state)
        return this.#result(element, false, done.text)
      }
      texts.push(done.text)
    }
    this.#become(element, target)
    return this.#result(element, true, texts.length > 0 ? texts.join('; ') : alreadyText(mode, target))
  }

  /** @returns `undefined` if it isn't to be begun any more when there is a place for it */
  async #perform(
    element: Element,
    work: Work,
    { operation, environment, mode }: Step,
    isStillWanted: () => boolean,
  ): Promise<{ readonly ok: boolean; readonly text: string } | undefined> {
    const { calls, clock, statistics } = this.#parts
    this.#become(element, TRANSITION_OF[operation])
    const place = calls.place()
    if (place) await place
    const beganAtMs = clock.now()
    try {
      // Given up while it waited: nothing was begun.
      if (work.givenUp !== undefined) return { ok: false, text: `given up: ${work.givenUp}` }
      if (!isStillWanted()) return undefined
      if (!element.definition) throw new Error(unknownText(element))
      const data = operation === 'instantiate' ? element.data : (environment.appliedData ?? element.data)
      if (operation === 'instantiate') {
        environment.isTouched = true
        // Until it has succeeded, nobody knows what is there.
        environment.appliedData = undefined
      }
      const context = new OperationContext(element, data, element.definition, mode, work)
      const called = calls.call(operation, context, work)
      const said = typeof called === 'object' ? await called : called
      note(environment, operation, data)
      statistics.count(beganAtMs, clock.now(), true)
      return { ok: true, text: doneText(mode, operation, typeof said === 'string' ? said : undefined) }
    } catch (error) {
      statistics.count(beganAtMs, clock.now(), false)
      return { ok: false, text: doneText(mode, operation, failureText(error, work)) }
    } finally {
      calls.release()
    }
  }

  #leave(element: Element, state: OrderedState, data: ElementData): undefined {
    element.data = data
    this.#become(element, state)
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
  { data: known }: Element,
  environment: Environment,
): string | undefined => {
  if (data) {
    const isOther = !isSameData(data, known) || (environment.state === 'RUNNING' && !isApplied(environment, data))
    return state === 'RUNNING' && isOther
      ? 'is RUNNING with other properties: it has to be PASSIVE to get new ones'
      : undefined
  }
  return state === 'UNINITIALISED' && target !== 'UNINITIALISED'
    ? `is UNINITIALISED: it has to be instantiated before it can be ${target}`
    : undefined
}

/** In the environment of the mode. Where nothing is to be left, ACTIVE clears afterwards what tests have left, too. */
const stepsTo = (element: Element, target: OrderedState, mode: 'TEST' | 'ACTIVE'): Step[] => {
  const steps = (environment: Environment, within: 'TEST' | 'ACTIVE'): Step[] => {
    const operations: readonly Operation[] =
      target === 'UNINITIALISED' && environment.state === 'UNINITIALISED' && environment.isTouched
        ? ['uninstantiate']
        : stepsTowards(environment.state, target, isApplied(environment, element.data))
    return operations.map((operation) => ({ operation, environment, mode: within }))
  }
  if (mode === 'TEST') return steps(element.test, 'TEST')
  const leftovers = target === 'UNINITIALISED' ? steps(element.test, 'TEST') : []
  return [...steps(element.live, 'ACTIVE'), ...leftovers]
}

/** From where it is said to be. What was only rehearsed counts where nothing is live. */
const rehearsedSteps = (
  { live, data }: Element,
  state: OrderedState,
  target: OrderedState,
  known: ElementData,
): readonly Operation[] =>
  stepsTowards(state, target, live.state === 'UNINITIALISED' ? isSameData(known, data) : isApplied(live, data))

/** New properties reach an element that is there only when it is instantiated again. */
const stepsTowards = (from: OrderedState, target: OrderedState, isUpToDate: boolean): readonly Operation[] =>
  isUpToDate || from === 'UNINITIALISED' || target === 'UNINITIALISED'
    ? stepsBetween(from, target)
    : stepsOfUpdate(from, target)

const isApplied = ({ appliedData }: Environment, data: ElementData): boolean =>
  appliedData !== undefined && isSameData(appliedData, data)

const note = (environment: Environment, operation: Operation, data: ElementData): void => {
  environment.state = END_OF[operation]
  if (operation === 'instantiate') environment.appliedData = data
  if (operation !== 'uninstantiate') return
  environment.appliedData = undefined
  environment.isTouched = false
}

export const isSameData = (a: ElementData, b: ElementData): boolean =>
  a === b ||
  (conceptText(a.order.definition) === conceptText(b.order.definition) &&
    isDeepStrictEqual(a.order.properties, b.order.properties) &&
    isDeepStrictEqual(a.order.templateFragment, b.order.templateFragment))

const unknownText = ({ data }: Element): string =>
  `definition ${conceptText(data.order.definition)} isn't known here: was it commissioned on this participant?`

const failureText = (error: unknown, { givenUp }: Work): string => {
  const said = saidBy(error)
  return givenUp === undefined || said === givenUp ? said : `given up: ${givenUp} (${said})`
}

/** Anything can be thrown: what has no text, too, or an error whose message is none. */
const saidBy = (error: unknown): string => {
  try {
    const text: unknown = error === undefined || error === null ? '' : errorText(error)
    if (typeof text === 'string' && text !== '') return text
  } catch {
    // It can't even be turned into a text.
  }
  return 'failed, and gave no reason'
}
