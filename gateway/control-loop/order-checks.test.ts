/** What the lists say of a loop, against the loop itself. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DEFAULT_ACTORS_CONFIG } from '../../actors/config.ts'
import { controlLoopEntity } from '../../actors/control-loop/entity.ts'
import { initial as initialLoop } from '../../actors/control-loop/evolution.ts'
import type { LoopState } from '../../actors/control-loop/protocol.ts'
import { LOOP, participantOf, specOf, TYPE } from '../../actors/control-loop/testing/sample-loop.ts'
import { type Concept, conceptText } from '../../participants/protocol/concept.ts'
import { ORDERED_STATES, TRANSITIONS } from '../../participants/protocol/states.ts'
import { isClearlyOrderable, orderProblem } from './order-checks.ts'

const OTHER_TYPE: Concept = { name: 'org.example.OtherParticipant', version: '1.0.0' }
const entity = controlLoopEntity(DEFAULT_ACTORS_CONFIG)
const anyType = fc.constantFrom(TYPE, TYPE, TYPE, OTHER_TYPE)
const orderedState = fc.constantFrom(...ORDERED_STATES)

const anyLoop = fc
  .record({
    state: fc.constantFrom(...ORDERED_STATES, ...TRANSITIONS),
    ordered: orderedState,
    isAlarmed: fc.boolean(),
    elements: fc.array(fc.record({ on: fc.nat(2), type: anyType }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ state, ordered, isAlarmed, elements }): LoopState => {
    const { elements: plain, ...spec } = specOf(elements.map(({ on }) => ({ participant: `P${on}`, phase: 0 })))
    return {
      ...initialLoop(conceptText(LOOP)),
      presence: 'present',
      state,
      orderedState: ordered,
      alarm: isAlarmed ? { id: 'a', raisedAtMs: 1, problem: 'nobody answers' } : null,
      spec: {
        ...spec,
        elements: plain.map((element, index) => ({ ...element, participantType: elements[index]?.type ?? TYPE })),
      },
    }
  })

it('what the lists show as orderable is so by the loop itself, and what isn’t alarmed and may be ordered, they show', () => {
  let clear = 0
  fc.assert(
    fc.property(anyLoop, orderedState, fc.array(fc.option(anyType), { maxLength: 3 }), (loop, ordered, found) => {
      const types = new Map<string, string>()
      found.forEach((type, index) => {
        if (type) types.set(conceptText(participantOf(`P${index}`)), conceptText(type))
      })
      const isClear = isClearlyOrderable(entity.fields?.(loop) ?? {}, ordered, types)
      const isRight = orderProblem(loop, ordered, types) === undefined
      if (isClear) clear++
      if (isClear) expect(isRight).toBe(true)
      if (isRight && !loop.alarm) expect(isClear).toBe(true)
    }),
    { numRuns: 3_000 },
  )
  expect(clear).toBeGreaterThan(50)
})

it('a loop may be taken down though its participants are gone, and only then', () => {
  const loop = (state: LoopState['state'], orderedBefore: LoopState['orderedState']): LoopState => ({
    ...initialLoop(conceptText(LOOP)),
    presence: 'present',
    state,
    orderedState: orderedBefore,
    spec: specOf([{ participant: 'gone', phase: 0 }]),
  })
  const problemOf = (
    ...[state, before, ordered]: [LoopState['state'], LoopState['orderedState'], LoopState['orderedState']]
  ) => orderProblem(loop(state, before), ordered, new Map())?.code
  expect(problemOf('RUNNING', 'RUNNING', 'PASSIVE')).toBeUndefined()
  expect(problemOf('PASSIVE2RUNNING', 'RUNNING', 'PASSIVE')).toBeUndefined()
  expect(problemOf('PASSIVE', 'PASSIVE', 'UNINITIALISED')).toBeUndefined()
  expect(problemOf('UNINITIALISED2PASSIVE', 'PASSIVE', 'UNINITIALISED')).toBeUndefined()
  expect(problemOf('UNINITIALISED', 'UNINITIALISED', 'PASSIVE')).toBe('participant-not-registered')
  expect(problemOf('PASSIVE', 'PASSIVE', 'RUNNING')).toBe('participant-not-registered')
  expect(problemOf('RUNNING2PASSIVE', 'PASSIVE', 'RUNNING')).toBe('participant-not-registered')
  expect(problemOf('PASSIVE2UNINITIALISED', 'UNINITIALISED', 'PASSIVE')).toBe('participant-not-registered')
})

it('nothing is clear of a loop that is in no list', () => {
  expect(isClearlyOrderable({}, 'PASSIVE', new Map())).toBe(false)
})
