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

/** In the order in which they come: a participant's clock may have been set back. */
export const evolve = (
  { latest }: ElementStatisticsState,
  { participantId, elements }: ElementStatisticsEvent,
): ElementStatisticsState => ({
  latest: {
    ...latest,
    ...Object.fromEntries(elements.map((element) => [element.elementId, { ...element, participantId }])),
  },
})

export const react = () => []
