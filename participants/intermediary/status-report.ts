/** What a status message says of some loops. */
import { settlesWithin } from '../../runtime/pause.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { Concept } from '../protocol/concept.ts'
import type { ElementStatistics, LoopReport } from '../protocol/conversation.ts'
import type { ParticipantState } from '../protocol/states.ts'
import type { Element, LoopEntry } from './element.ts'
import type { ElementListener, ElementMeasures } from './element-listener.ts'
import { OperationContext } from './operation-context.ts'
import { commonState } from './steps.ts'

export interface StatusBounds {
  readonly loopsPerStatusMax: number
  readonly elementsPerStatusMax: number
}

/** At least one part, for there is always something to say of the participant itself. */
export const parted = (
  entries: readonly LoopEntry[],
  { loopsPerStatusMax, elementsPerStatusMax }: StatusBounds,
): readonly (readonly LoopEntry[])[] => {
  const parts: LoopEntry[][] = [[]]
  let elements = 0
  for (const entry of entries) {
    const last = parts.at(-1) as LoopEntry[]
    const isFull = last.length >= loopsPerStatusMax || elements + entry.elements.size > elementsPerStatusMax
    if (isFull && last.length > 0) {
      parts.push([entry])
      elements = entry.elements.size
    } else {
      last.push(entry)
      elements += entry.elements.size
    }
  }
  return parts
}

export const goneReport = (loop: Concept): LoopReport => ({ loop, state: 'UNINITIALISED', elements: [] })

export interface MeasuringParts {
  readonly clock: Clock
  readonly listener: Pick<ElementListener, 'statistics'>
  readonly mode: () => ParticipantState
  readonly statisticsTimeoutMs: number
}

export const loopReports = async (
  entries: readonly LoopEntry[],
  parts: MeasuringParts,
): Promise<readonly LoopReport[]> => {
  const measured = await measures(entries, parts)
  const atMs = parts.clock.now()
  return entries.map(({ loop, elements }) => ({
    loop,
    state: commonState([...elements.values()].map(({ state }) => state)),
    elements: [...elements.values()].map((element) => elementReport(element, atMs, measured.get(element))),
  }))
}

const elementReport = (element: Element, atMs: number, measured: ElementMeasures | undefined): ElementStatistics => ({
  elementId: element.elementId,
  atMs,
  state: element.state,
  upTimeMs: measured?.upTimeMs ?? (element.upSinceMs === undefined ? 0 : atMs - element.upSinceMs),
})

/** Of those elements whose listener can tell, and tells in time. */
const measures = async (
  entries: readonly LoopEntry[],
  { clock, listener, mode, statisticsTimeoutMs }: MeasuringParts,
): Promise<ReadonlyMap<Element, ElementMeasures>> => {
  const found = new Map<Element, ElementMeasures>()
  if (!listener.statistics) return found
  const stopping = new AbortController()
  const within = mode() === 'TEST' ? 'TEST' : 'ACTIVE'
  const measure = async (element: Element): Promise<void> => {
    if (!element.definition) return
    const context = new OperationContext(element, element.data, element.definition, within, stopping)
    const told = await listener.statistics?.(context)
    if (told) found.set(element, told)
  }
  // One that can't tell is no reason to say nothing of the others.
  const all = Promise.allSettled(entries.flatMap(({ elements }) => [...elements.values()].map(measure)))
  await settlesWithin(clock, statisticsTimeoutMs, all)
  stopping.abort()
  return new Map(found)
}
