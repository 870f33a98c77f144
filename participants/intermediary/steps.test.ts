import { expect, it } from 'vitest'
import { ORDERED_STATES } from '../protocol/states.ts'
import { commonState, END_OF, isContrary, stepsBetween, stepsOfUpdate } from './steps.ts'

it('leads from every state to every other, and nowhere else', () => {
  for (const from of ORDERED_STATES)
    for (const to of ORDERED_STATES) {
      const steps = stepsBetween(from, to)
      expect(steps.length).toBe(Math.abs(ORDERED_STATES.indexOf(from) - ORDERED_STATES.indexOf(to)))
      const last = steps.at(-1)
      expect(last ? END_OF[last] : from).toBe(to)
    }
})

it.each([
  ['PASSIVE', 'PASSIVE', ['instantiate']],
  ['PASSIVE', 'RUNNING', ['instantiate', 'run']],
  ['RUNNING', 'PASSIVE', ['passivate', 'instantiate']],
  ['RUNNING', 'RUNNING', ['passivate', 'instantiate', 'run']],
] as const)('new properties on the way from %s to %s', (from, to, steps) => {
  expect(stepsOfUpdate(from, to)).toEqual(steps)
})

it.each([
  ['PASSIVE', 'RUNNING', 'PASSIVE', true],
  ['PASSIVE', 'RUNNING', 'UNINITIALISED', true],
  ['UNINITIALISED', 'PASSIVE', 'RUNNING', false],
  ['UNINITIALISED', 'PASSIVE', 'UNINITIALISED', true],
  ['RUNNING', 'PASSIVE', 'UNINITIALISED', false],
  ['RUNNING', 'PASSIVE', 'RUNNING', true],
  ['PASSIVE', 'UNINITIALISED', 'RUNNING', true],
  ['PASSIVE', 'PASSIVE', 'UNINITIALISED', false],
] as const)('on the way from %s to %s, %s is contrary: %s', (from, target, orderedNow, isSo) => {
  expect(isContrary(from, target, orderedNow)).toBe(isSo)
})

it.each([
  [[], 'UNINITIALISED'],
  [['RUNNING', 'RUNNING'], 'RUNNING'],
  [['RUNNING', 'PASSIVE'], 'PASSIVE'],
  [['RUNNING', 'PASSIVE2RUNNING', 'PASSIVE'], 'PASSIVE2RUNNING'],
] as const)('one state for %j is %s', (states, state) => {
  expect(commonState(states)).toBe(state)
})
