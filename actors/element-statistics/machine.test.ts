import { expect, test } from 'vitest'
import { eventsAfter, given } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { elementStatisticsEntity } from './entity.ts'
import type { ElementStatisticsCommand } from './protocol.ts'

const definition = elementStatisticsEntity(DEFAULT_ACTORS_CONFIG)
const ID = 'loop:1.0.0'
const participantId = { name: 'p', version: '1.0.0' }
const report = (elementId: string, upTimeMs: number): ElementStatisticsCommand => ({
  type: 'elements-reported',
  participantId,
  elements: [{ elementId, atMs: upTimeMs, state: 'RUNNING', upTimeMs }],
})

test('the latest of each element is at hand, and what came before is in the events', () => {
  const events = eventsAfter(
    definition,
    ID,
    [],
    [
      [report('a', 10), 100],
      [report('constructor', 20), 200],
      [report('a', 30), 300],
    ],
  )
  const { state } = given(definition, ID, events)(report('a', 40), 400)
  expect(Object.keys(state.latest)).toEqual(['a', 'constructor'])
  expect(state.latest['a']).toEqual({ elementId: 'a', atMs: 40, state: 'RUNNING', upTimeMs: 40, participantId })
  expect(events.map(({ atMs }) => atMs)).toEqual([100, 200, 300])
})

test('there are at most two thousand, those reported first are forgotten', () => {
  const many = (from: number, to: number): ElementStatisticsCommand => ({
    type: 'elements-reported',
    participantId,
    elements: Array.from({ length: to - from }, (_, index) => ({
      elementId: `e${from + index}`,
      atMs: 1,
      state: 'RUNNING',
      upTimeMs: 1,
    })),
  })
  const events = eventsAfter(definition, ID, [], [[many(0, 1_000), 1] as const, [many(1_000, 2_000), 2] as const])
  const full = given(definition, ID, events)(report('e3', 9_999), 3)
  expect(Object.keys(full.state.latest)).toHaveLength(2_000)
  const { latest } = given(definition, ID, [...events, ...full.events])(many(2_000, 2_003), 4).state
  expect(Object.keys(latest)).toHaveLength(2_000)
  expect(['e0', 'e2', 'e3', 'e2002'].map((elementId) => elementId in latest)).toEqual([false, false, true, true])
})

test('they go with their loop', () => {
  expect(given(definition, ID)({ type: 'forget' }).effects).toEqual([{ type: 'forget' }])
})
