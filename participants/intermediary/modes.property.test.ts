/** Orders with changing properties in changing modes, while operations fail: what is answered as done is live, with these properties. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { OrderedState } from '../protocol/states.ts'
import { changeState, elementId, elementOrder, instantiate } from '../testing/orders.ts'
import { participantWorld } from '../testing/participant-world.ts'
import { END_OF } from './steps.ts'

const step = fc.record({
  to: fc.oneof(
    fc.record({ size: fc.constantFrom(1, 2) }),
    fc.constantFrom('PASSIVE' as const, 'RUNNING' as const, 'UNINITIALISED' as const),
  ),
  mode: fc.constantFrom(...(['ACTIVE', 'ACTIVE', 'SAFE', 'TEST', 'PASSIVE'] as const)),
  /** Which of its operations fail. */
  fails: fc.constantFrom(...(['none', 'none', 'first', 'second', 'all', 'TEST'] as const)),
})

it('what ACTIVE answers as done is done, with the properties that were ordered last', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const world = await participantWorld()
      const live: { state: OrderedState; size: unknown } = { state: 'UNINITIALISED', size: undefined }
      const faults: string[] = []
      let wanted = 0
      for (const { to, mode, fails } of steps) {
        world.participant.setMode(mode)
        let calls = 0
        world.perform = ({ operation, element }) => {
          calls++
          const inTest = element.mode === 'TEST'
          const failing = { none: false, first: calls === 1, second: calls === 2, all: true, TEST: inTest }
          const size = element.properties['size']
          if (failing[fails]) throw new Error('it failed')
          if (inTest) return
          live.state = END_OF[operation]
          if (operation === 'instantiate') live.size = size
          // Thrown here it would only be one more operation that fails. What is left of a failure has to be cleared with something.
          else if (operation !== 'uninstantiate' && size !== live.size)
            faults.push(`${operation} with other properties`)
        }
        const before = world.participant.elements()[0]?.state
        const order =
          typeof to === 'string' ? changeState(to) : instantiate([elementOrder(elementId(), { size: to.size })])
        const [result] = await world.order(order)
        if (typeof to === 'object' && mode !== 'PASSIVE' && before !== 'RUNNING') wanted = to.size
        if (mode !== 'ACTIVE' || !result) continue
        // Told RUNNING it is left alone, even where that was only rehearsed: the next change of its state makes up for it.
        if (typeof to === 'object' && before === 'RUNNING') continue
        if (result.ok || before !== result.state) expect(result.state).toBe(live.state)
        if (result.ok && live.state !== 'UNINITIALISED') expect(live.size).toBe(wanted)
      }
      expect(faults).toEqual([])
      world.participant.setMode('ACTIVE')
      world.perform = () => undefined
      await world.order(changeState('UNINITIALISED'))
      expect(world.participant.stats()).toMatchObject({ underWay: 0, elements: 0 })
    }),
    { numRuns: 300 },
  )
}, 60_000)
