import { expect, test } from 'vitest'
import { cpuSecondsIn, cpuSecondsOf } from './process-use.ts'

test('the time of user and kernel is read, whatever the program is called', () => {
  const stat = '42 (a b) (c) S 1 42 42 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 7 0 100 1 2 3'
  expect(cpuSecondsIn(stat)).toBe(2)
})

test('of a process that is not there nothing can be told', () => {
  expect(cpuSecondsOf(undefined)).toBeUndefined()
  expect(cpuSecondsOf(2 ** 30)).toBeUndefined()
})
