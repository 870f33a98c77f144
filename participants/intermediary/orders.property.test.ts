/** Orders in any sequence, repeated, while operations end well or badly, sooner or later: what holds whatever happens. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Order } from '../protocol/conversation.ts'
import type { OrderedState } from '../protocol/states.ts'
import { changeState, elementId, elementOrder, instantiate } from '../testing/orders.ts'
import { type Call, participantWorld } from '../testing/participant-world.ts'
import { END_OF, type Operation } from './steps.ts'

type Step =
  | { readonly do: 'order'; readonly to: 'instantiate' | OrderedState }
  /** The order before that one again. */
  | { readonly do: 'repeat'; readonly back: number }
  /** The operation that has been under way longest ends. */
  | { readonly do: 'end'; readonly well: boolean }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      to: fc.constantFrom('instantiate' as const, 'PASSIVE' as const, 'RUNNING' as const, 'UNINITIALISED' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat' as const), back: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), well: fc.boolean() }) },
)

const ELEMENTS = [elementId(1), elementId(2)]
const FROM: Readonly<Record<Operation, readonly OrderedState[]>> = {
  instantiate: ['UNINITIALISED'],
  run: ['PASSIVE'],
  passivate: ['RUNNING'],
  // Also to clean up.
  uninstantiate: ['PASSIVE', 'UNINITIALISED'],
}

it('one operation of an element at a time, from where it is; each order is answered once; the last one counts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const world = await participantWorld()
      const really = new Map<string, OrderedState>()
      const busy = new Set<string>()
      const faults: string[] = []
      const begun: ((well: boolean) => void)[] = []
      world.perform = ({ operation, element }: Call) => {
        const id = element.elementId
        // Thrown here it would only be one more operation that fails.
        if (busy.has(id)) faults.push(`${operation} while another operation is under way`)
        const state = really.get(id) ?? 'UNINITIALISED'
        if (!FROM[operation].includes(state)) faults.push(`${operation} from ${state}`)
        busy.add(id)
        return new Promise<void>((resolve, reject) =>
          begun.push((well) => {
            busy.delete(id)
            if (!well) return reject(new Error('it failed'))
            really.set(id, END_OF[operation])
            resolve()
          }),
        )
      }
      const orders: Order[] = []
      const answersTo = (order: Order): number =>
        world.hub
          .of('elements-changed')
          .filter(({ responseTo, results }) => responseTo === order.messageId && results.length === 1).length
      /** How many elements each order is to be answered for. What concerned none is looked at anew when it comes again. */
      const owed = new Map<Order, number>()
      /** What was told again because an order came again. */
      const retold = new Map<Order, number>()
      let wasInstantiated = false
      const concerned = (order: Order): number => {
        wasInstantiated ||= order.type === 'instantiate'
        const isEnd = order.type === 'change-state' && order.orderedState === 'UNINITIALISED'
        if (order.type === 'instantiate' || (isEnd && wasInstantiated)) return ELEMENTS.length
        // Part of the loop may be gone already.
        return world.participant.elements().length
      }
      const give = async (order: Order): Promise<void> => {
        const isAgain = (owed.get(order) ?? 0) > 0
        const before = answersTo(order)
        if (!isAgain) owed.set(order, concerned(order))
        await world.order(order)
        if (isAgain) retold.set(order, (retold.get(order) ?? 0) + answersTo(order) - before)
      }
      for (const each of steps) {
        if (each.do === 'order') {
          const order =
            each.to === 'instantiate' ? instantiate(ELEMENTS.map((id) => elementOrder(id))) : changeState(each.to)
          orders.push(order)
          await give(order)
        } else if (each.do === 'repeat') {
          const order = orders.at(-1 - each.back)
          if (order) await give(order)
        } else {
          begun.shift()?.(each.well)
          await world.settle()
        }
      }
      while (begun.length > 0) {
        begun.shift()?.(true)
        await world.settle()
      }

      for (const order of orders) expect(answersTo(order) - (retold.get(order) ?? 0)).toBe(owed.get(order))
      for (const id of ELEMENTS) {
        const known = world.participant.elements().find((element) => element.elementId === id)
        expect(known?.state ?? 'UNINITIALISED').toBe(really.get(id) ?? 'UNINITIALISED')
      }
      expect(faults).toEqual([])
      // Whatever came before, it can be brought where it is wanted.
      const last = instantiate(ELEMENTS.map((id) => elementOrder(id)))
      world.perform = ({ operation, element }) => void really.set(element.elementId, END_OF[operation])
      const results = await world.order(last)
      expect(results.every(({ ok }) => ok)).toBe(true)
      await world.order(changeState('UNINITIALISED'))
      expect(world.participant.elements()).toEqual([])
      expect(world.participant.stats()).toMatchObject({ underWay: 0, loops: 0, elements: 0 })
    }),
    { numRuns: 150 },
  )
}, 60_000)
