/** Whatever is ordered, lost, repeated and forgotten: in the end a loop is where it was ordered, or an alarm says who holds it up. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ORDERED_STATES, type OrderedState } from '../../participants/protocol/states.ts'
import { LoopWorld } from './testing/loop-world.ts'
import type { SampleElement } from './testing/sample-loop.ts'
import { orderable } from './transition-table.ts'

const NAMES = ['one', 'two', 'three'] as const

const name = fc.constantFrom(...NAMES)
const elements = fc.array(fc.record({ participant: name, phase: fc.nat(2) }), { minLength: 1, maxLength: 5 })
const ordered = fc.constantFrom(...ORDERED_STATES)

type Act = (world: LoopWorld) => void
const acts: fc.Arbitrary<{ readonly text: string; readonly act: Act }> = fc.oneof(
  { weight: 4, arbitrary: ordered.map((state) => ({ text: `order ${state}`, act: orderChecked(state) })) },
  {
    weight: 12,
    arbitrary: fc.nat(9).map((n) => ({ text: `to participants ${n}`, act: (w: LoopWorld) => w.deliverOrder(n) })),
  },
  {
    weight: 12,
    arbitrary: fc.nat(9).map((n) => ({ text: `to loop ${n}`, act: (w: LoopWorld) => w.deliverToLoop(n) })),
  },
  { weight: 6, arbitrary: fc.constant({ text: 'all words to loop', act: (w: LoopWorld) => w.deliverTogether() }) },
  {
    weight: 2,
    arbitrary: fc
      .nat(9)
      .map((n) => ({ text: `twice to participants ${n}`, act: (w: LoopWorld) => w.deliverOrder(n, { twice: true }) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .nat(9)
      .map((n) => ({ text: `twice to loop ${n}`, act: (w: LoopWorld) => w.deliverToLoop(n, { twice: true }) })),
  },
  { weight: 2, arbitrary: fc.nat(9).map((n) => ({ text: `lose order ${n}`, act: (w: LoopWorld) => w.loseOrder(n) })) },
  {
    weight: 2,
    arbitrary: fc.nat(9).map((n) => ({ text: `lose answer ${n}`, act: (w: LoopWorld) => w.loseAnswer(n) })),
  },
  { weight: 2, arbitrary: name.map((n) => ({ text: `restart ${n}`, act: (w: LoopWorld) => w.restart(n) })) },
  { weight: 1, arbitrary: name.map((n) => ({ text: `${n} returns`, act: (w: LoopWorld) => w.returnAgain(n) })) },
  { weight: 2, arbitrary: name.map((n) => ({ text: `report ${n}`, act: (w: LoopWorld) => w.report(n) })) },
  {
    weight: 2,
    arbitrary: fc.tuple(name, fc.nat(2)).map(([n, times]) => ({
      text: `${n} fails ${times} times`,
      act: (w: LoopWorld) => {
        const participant = w.participants.get(n)
        if (participant) participant.failures = times
      },
    })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(name, fc.boolean()).map(([n, isSilent]) => ({
      text: `${n} is ${isSilent ? 'silent' : 'heard'}`,
      act: (w: LoopWorld) => {
        const participant = w.participants.get(n)
        if (participant) participant.isSilent = isSilent
      },
    })),
  },
  {
    weight: 3,
    arbitrary: fc.nat(90_000).map((ms) => ({ text: `${ms} ms`, act: (w: LoopWorld) => void w.scene.later(ms) })),
  },
  { weight: 3, arbitrary: fc.constant({ text: 'timer', act: (w: LoopWorld) => w.fireTimer() }) },
)

function orderChecked(state: OrderedState): Act {
  return (world) => {
    const { scene } = world
    const before = scene.state
    const isAllowed = orderable(before).includes(state)
    world.order(state)
    if (isAllowed) expect(scene.rejection, `${state} in ${before.state}`).toBeUndefined()
    else expect(scene.rejection, `${state} in ${before.state}`).toMatchObject({ code: 'illegal-transition' })
    expect(scene.state.orderedState).toBe(isAllowed ? state : before.orderedState)
  }
}

const played = (
  loop: readonly SampleElement[],
  firstRelease: readonly string[],
  script: readonly { readonly act: Act }[],
): LoopWorld => {
  const world = new LoopWorld(loop, firstRelease)
  for (const { act } of script) act(world)
  return world
}

const calmed = (world: LoopWorld): LoopWorld => {
  for (const participant of world.participants.values()) {
    participant.isSilent = false
    participant.failures = 0
  }
  world.settle()
  // What came too late to be noticed shows in what participants tell from time to time.
  for (let round = 0; round < 2; round++) {
    world.scene.later(60_000)
    for (const each of world.participants.keys()) world.report(each)
    world.settle()
  }
  return world
}

const printed = { verbose: 0 } as const

describe('a control loop', () => {
  it('ends where it was ordered, once its participants answer', () => {
    fc.assert(
      fc.property(elements, fc.array(acts, { maxLength: 60 }), (loop, script) => {
        const world = calmed(played(loop, [], script))
        const { state } = world.scene
        expect(state.state).toBe(state.orderedState)
        for (const index of loop.keys()) expect(world.stateAt(index)).toBe(state.orderedState)
        expect(world.alarms.size).toBe(0)
        expect(state.alarm).toBeNull()
        // Its definition is held exactly while it is with its participants.
        expect(world.permits).toBe(state.orderedState === 'UNINITIALISED' ? 0 : 1)
        expect(world.scene.waiting()).toEqual([])
        expect([...world.scene.timers.keys()].filter((timer) => timer !== 'forget')).toEqual([])
      }),
      { numRuns: 1_500, ...printed },
    )
  })

  it('does so with participants of the first releases, or says which of them does not answer', () => {
    fc.assert(
      fc.property(elements, fc.subarray([...NAMES]), fc.array(acts, { maxLength: 40 }), (loop, old, script) => {
        const world = calmed(played(loop, old, script))
        const { state } = world.scene
        if (state.state === state.orderedState) {
          for (const index of loop.keys()) expect(world.stateAt(index)).toBe(state.orderedState)
          return
        }
        // Asked to take down a loop that it has never had, or has forgotten, such a one says nothing.
        expect(state.state).toBe('PASSIVE2UNINITIALISED')
        expect([...world.alarms.values()].join()).toMatch(
          new RegExp(`participant (${old.join('|')}):1.0.0 doesn't answer`),
        )
        // There is a way out.
        world.order('PASSIVE')
        calmed(world)
        world.order('UNINITIALISED')
        expect(calmed(world).scene.state.state).toBe('UNINITIALISED')
      }),
      { numRuns: 700, ...printed },
    )
  })

  it('says who does not answer, for as long as that is so', () => {
    fc.assert(
      fc.property(elements, fc.array(acts, { maxLength: 40 }), (loop, script) => {
        const world = calmed(played(loop, [], script))
        const silent = world.participants.get(loop[0]?.participant ?? '')
        if (!silent) return
        silent.isSilent = true
        const { state } = world.scene
        world.order(state.state === 'PASSIVE' ? 'RUNNING' : 'PASSIVE')
        world.settle({ turns: 60 })
        expect(world.scene.state.state).toMatch(/2/)
        expect([...world.alarms.values()].join()).toContain(`participant ${silent.id.name}:1.0.0 doesn't answer`)
        expect(world.scene.waiting().join()).toContain(silent.id.name)
        calmed(world)
        expect(world.scene.state.state).toBe(world.scene.state.orderedState)
        expect(world.alarms.size).toBe(0)
      }),
      { numRuns: 300, ...printed },
    )
  })

  it('believes no participant about elements of others, nor about loops that are elsewhere', () => {
    fc.assert(
      fc.property(
        elements,
        fc.array(acts, { maxLength: 30 }),
        name,
        fc.nat(4),
        ordered,
        (loop, script, liar, at, said) => {
          const world = calmed(played(loop, [], script))
          const before = world.scene.state
          const element = before.spec?.elements[at % loop.length]
          if (!element || element.participantId.name === liar) return
          const lie = { elementId: element.elementId, state: said, ok: true, message: '' }
          const participantId = { name: liar, version: '1.0.0' }
          world.say({
            type: 'elements-changed',
            participantId,
            isKnownAlready: false,
            ok: true,
            message: '',
            results: [lie],
          })
          const report = { elementId: element.elementId, atMs: world.scene.atMs, state: said, upTimeMs: 0 }
          world.say({
            type: 'elements-reported',
            participantId,
            sentAtMs: world.scene.atMs + 60_000,
            elements: [report],
          })
          expect(world.scene.state).toEqual({
            ...before,
            ignored: { ...before.ignored, foreign: before.ignored.foreign + 2 },
          })
        },
      ),
      { numRuns: 300, ...printed },
    )
  })
})
