import { expect, test } from 'vitest'
import { Counts } from './counts.ts'

const counted = (): Counts => {
  const counts = new Counts(1)
  for (let asked = 0; asked < 3; asked++) counts.ask(0)
  counts.acknowledge(0, 1)
  counts.acknowledge(0, 3)
  return counts
}

test('a counter may hold what was not answered, but no less than acknowledged and no more than asked for', () => {
  expect(() => counted().check([3])).not.toThrow()
  expect(() => counted().check([2])).toThrow(/acknowledged 2 increments up to 3/)
  expect(() => counted().check([4])).toThrow(/asked for 3/)
})

test('two acknowledgements of the same value are one effect for two commands', () => {
  expect(() => counted().acknowledge(0, 3)).toThrow(/twice/)
})
