import { expect, it } from 'vitest'
import { ManualClock } from '../../runtime/testing/manual-clock.ts'
import { EqualWaits } from './equal-waits.ts'

it('comes due item by item, in order, and not for those that were taken back', () => {
  const clock = new ManualClock()
  const due: string[] = []
  const waits = new EqualWaits<string>(clock, 100, (item) => due.push(`${item} at ${clock.now()}`))
  waits.add('a')
  clock.advance(30)
  waits.add('b')
  waits.add('c')
  waits.delete('b')
  clock.advance(69)
  expect(due).toEqual([])
  clock.advance(31)
  expect(due).toEqual(['a at 100', 'c at 130'])
  waits.add('d')
  waits.clear()
  clock.advance(1_000)
  expect(due).toHaveLength(2)
  waits.add('e')
  clock.advance(100)
  expect(due.at(-1)).toBe('e at 1230')
})
