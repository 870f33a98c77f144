/**
 * What the elements of a loop tell of themselves, the latest here and what came before in the events. It is kept apart from the loop
 * because it comes so often: the history of the loop is then that of its orders.
 */
import type { Context, Decision } from '../../runtime/entity.ts'
import type { ElementStatisticsCommand, ElementStatisticsEvent, ElementStatisticsState } from './protocol.ts'

export const initial = (): ElementStatisticsState => ({ latest: {} })

export const decide = (
  _: ElementStatisticsState,
  command: ElementStatisticsCommand,
  { nowMs: atMs }: Context,
): Decision<ElementStatisticsEvent> => {
  switch (command.type) {
    case 'elements-reported':
      return { events: [{ ...command, atMs }] }
    case 'forget':
      return { events: [], effects: [{ type: 'forget' }] }
  }
}

/** Elements; a loop that is edited over and over would leave behind all that it ever had. */
const LATEST_MAX = 2_000

/** In the order in which they come: a participant's clock may have been set back. */
export const evolve = (
  { latest }: ElementStatisticsState,
  { participantId, elements }: ElementStatisticsEvent,
): ElementStatisticsState => {
  const news = Object.fromEntries(elements.map((element) => [element.elementId, { ...element, participantId }]))
  return { latest: bounded({ ...latest, ...news }, news) }
}

/** Without the first of those that are no news. */
const bounded = (latest: ElementStatisticsState['latest'], news: object): ElementStatisticsState['latest'] => {
  const ids = Object.keys(latest)
  const excess = ids.length - LATEST_MAX
  if (excess <= 0) return latest
  const dropped = new Set(ids.filter((id) => !Object.hasOwn(news, id)).slice(0, excess))
  return Object.fromEntries(Object.entries(latest).filter(([id]) => !dropped.has(id)))
}

export const react = () => []
