import { beforeEach, describe, expect, it } from 'vitest'
import { conceptText } from '../../participants/protocol/concept.ts'
import { ALARM, CONTROL_LOOP_DEFINITION, ELEMENT_STATISTICS, PARTICIPANT } from '../addresses.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import type { LoopCommand } from './protocol.ts'
import { LoopScene } from './testing/loop-scene.ts'
import {
  DEFINITION,
  elementIdOf,
  LOOP,
  participantOf,
  permitOf,
  type SampleElement,
  specOf,
  TYPE,
} from './testing/sample-loop.ts'

const TWO: readonly SampleElement[] = [
  { participant: 'one', phase: 0 },
  { participant: 'two', phase: 0 },
]
const PHASED: readonly SampleElement[] = [
  { participant: 'one', phase: 0 },
  { participant: 'two', phase: 1 },
  { participant: 'one', phase: 2 },
]

let scene: LoopScene
beforeEach(() => {
  scene = new LoopScene()
})

const created = (elements: readonly SampleElement[]): void => {
  scene.say({ type: 'create', spec: specOf(elements) }).say({ type: 'admission-answered' })
  scene.effects = []
}

const answered = (
  participant: string,
  index: number,
  state: 'UNINITIALISED' | 'PASSIVE' | 'RUNNING',
  more: Partial<Extract<LoopCommand, { type: 'elements-changed' }>> & { ok?: boolean } = {},
): LoopCommand => ({
  type: 'elements-changed',
  participantId: participantOf(participant),
  isKnownAlready: false,
  ok: true,
  message: '',
  ...more,
  results: [{ elementId: elementIdOf(index), state, ok: more.ok ?? true, message: more.message ?? 'done' }],
})

/** Answers all orders as participants that do what they are told. */
const obey = (elements: readonly SampleElement[]): void => {
  for (let orders = scene.takeOrders(); orders.length > 0; orders = scene.takeOrders())
    for (const order of orders) {
      if (order.type !== 'instantiate' && order.type !== 'change-state') continue
      const to = order.type === 'instantiate' ? 'PASSIVE' : order.orderedState
      for (const [index, { participant, phase }] of elements.entries())
        if ((order.startPhase ?? phase) === phase && (order.to.participantId?.name ?? participant) === participant)
          scene.say(answered(participant, index, to, { responseTo: order.messageId }))
    }
}

const brought = (elements: readonly SampleElement[], to: 'PASSIVE' | 'RUNNING'): void => {
  created(elements)
  scene.say({ type: 'order', orderedState: 'PASSIVE' }).say(permitOf(elements))
  obey(elements)
  if (to === 'RUNNING') scene.say({ type: 'order', orderedState: 'RUNNING' })
  obey(elements)
  expect(scene.state.state).toBe(to)
  scene.effects = []
}

describe('creation', () => {
  it('asks the definition, and is there when that has admitted it', () => {
    scene.say({ type: 'create', spec: specOf(TWO) })
    expect(scene.takeTold(CONTROL_LOOP_DEFINITION)).toMatchObject([{ message: { type: 'admit', loop: LOOP } }])
    scene.say({ type: 'order', orderedState: 'PASSIVE' })
    expect(scene.rejection).toMatchObject({ code: 'control-loop-not-found' })
    scene.say({ type: 'admission-answered' })
    expect(scene.state).toMatchObject({ presence: 'present', state: 'UNINITIALISED' })
    scene.say({ type: 'create', spec: specOf(TWO) })
    expect(scene.rejection).toMatchObject({ code: 'control-loop-exists' })
  })

  it('is refused with what the definition says, and can be tried again', () => {
    scene
      .say({ type: 'create', spec: specOf(TWO) })
      .say({ type: 'admission-answered', refused: 'it is not commissioned' })
    expect(scene.rejection).toMatchObject({ reason: 'it is not commissioned' })
    created(TWO)
    expect(scene.state.presence).toBe('present')
  })
})

describe('on its way', () => {
  it('never gives an order that is older than the one before, whatever clock it is told', () => {
    brought(TWO, 'PASSIVE')
    const slow = (): LoopScene => scene.later(-20_000)
    slow().say({ type: 'order', orderedState: 'RUNNING' })
    const given = scene.takeOrders().map(({ atMs }) => atMs)
    expect(given).toEqual([1_000_000])
    slow().say(answered('one', 0, 'RUNNING', { ok: false }))
    expect(scene.fireNext()).toBe(true)
    expect(scene.takeOrders().map(({ atMs }) => atMs)).toEqual([1_000_000])
    for (const to of ['PASSIVE', 'UNINITIALISED'] as const) {
      slow().say({ type: 'order', orderedState: to })
      obey(TWO)
    }
    slow().say({ type: 'delete' })
    slow()
    created(TWO)
    slow().say({ type: 'order', orderedState: 'PASSIVE' }).say(permitOf(TWO))
    expect(scene.takeOrders().map(({ atMs }) => atMs)).toEqual([1_000_000])
  })

  it('waits no longer because a clock was far ahead once', () => {
    const aDay = 86_400_000
    scene.later(aDay)
    brought(TWO, 'PASSIVE')
    scene.later(-aDay).say({ type: 'order', orderedState: 'RUNNING' })
    const dueMs = (): number => (scene.timers.get('attempt')?.dueMs ?? Infinity) - scene.atMs
    expect(dueMs()).toBe(60_000)
    scene.say(answered('one', 0, 'RUNNING', { ok: false }))
    expect(dueMs()).toBeLessThan(60_000)
    expect(scene.fireNext()).toBe(true)
    expect(scene.state.step?.attempt).toBe(2)
    expect(scene.takeOrders().at(-1)?.atMs).toBe(1_000_000 + aDay)
    // The other has the time that it was given.
    expect(dueMs()).toBe(59_000)
    scene.say({ type: 'order', orderedState: 'PASSIVE' })
    obey(TWO)
    scene.say({ type: 'order', orderedState: 'UNINITIALISED' })
    obey(TWO)
    scene.say({ type: 'order', orderedState: 'PASSIVE' }).say({ type: 'permit-answered', reason: 'not yet' })
    expect((scene.timers.get('permit')?.dueMs ?? Infinity) - scene.atMs).toBe(100)
  })

  it('goes up in phases, and down in the opposite order', () => {
    created(PHASED)
    scene.say({ type: 'order', orderedState: 'PASSIVE' })
    expect([scene.state.state, scene.takeOrders()]).toEqual(['UNINITIALISED2PASSIVE', []])
    scene.say(permitOf(PHASED))
    const phases: (number | undefined)[] = []
    for (let orders = scene.takeOrders(); orders.length > 0; orders = scene.takeOrders()) {
      expect(orders).toHaveLength(1)
      const [order] = orders
      if (order?.type !== 'instantiate') throw new Error(order?.type)
      phases.push(order.startPhase)
      const own = order.participants[0]
      scene.say(answered(own?.participantId.name ?? '', order.startPhase, 'PASSIVE', { responseTo: order.messageId }))
    }
    expect([phases, scene.state.state]).toEqual([[0, 1, 2], 'PASSIVE'])
    scene.say({ type: 'order', orderedState: 'UNINITIALISED' })
    const [down] = scene.takeOrders()
    expect(down).toMatchObject({
      type: 'change-state',
      orderedState: 'UNINITIALISED',
      startPhase: 2,
      to: { participantId: participantOf('one') },
    })
  })

  it('says one thing to all where it concerns all, and otherwise to each', () => {
    brought(TWO, 'PASSIVE')
    scene.say({ type: 'order', orderedState: 'RUNNING' })
    const [all, ...more] = scene.takeOrders()
    expect([all?.to, more]).toEqual([{}, []])
    // The one that didn't answer in time is asked again, the other isn't.
    scene.say(answered('one', 0, 'RUNNING', { responseTo: all?.messageId ?? '' }))
    scene.fireNext()
    expect(scene.takeOrders()).toMatchObject([{ to: { participantType: TYPE, participantId: participantOf('two') } }])
  })

  it('asks again what failed, soon and then ever later, and says so after three attempts', () => {
    brought(TWO, 'PASSIVE')
    scene.say({ type: 'order', orderedState: 'RUNNING' })
    const waits: number[] = []
    for (let attempt = 0; attempt < 4; attempt++) {
      const [order] = scene.takeOrders()
      if (attempt === 0) scene.say(answered('two', 1, 'RUNNING'))
      scene.say(answered('one', 0, 'PASSIVE', { responseTo: order?.messageId ?? '', ok: false, message: 'no licence' }))
      const before = scene.atMs
      scene.fireNext()
      waits.push(scene.atMs - before)
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(scene.takeTold(ALARM)).toMatchObject([
      { message: { type: 'raise', alarm: { specificProblem: expect.stringContaining('no licence') as string } } },
    ])
    expect(scene.waiting()).toHaveLength(1)
    const [order] = scene.takeOrders()
    scene.say(answered('one', 0, 'RUNNING', { responseTo: order?.messageId ?? '' }))
    expect(scene.state).toMatchObject({ state: 'RUNNING', alarm: null })
    expect(scene.takeTold(ALARM)).toMatchObject([{ message: { type: 'clear' } }])
  })

  it('asks who doesn’t answer when its time is up, however often another fails, and accuses nobody before', () => {
    brought(TWO, 'PASSIVE')
    scene.say({ type: 'order', orderedState: 'RUNNING' })
    const orderedAtMs = scene.atMs
    const askedTwo: number[] = []
    for (let attempt = 0; attempt < 12; attempt++) {
      for (const { messageId, to } of scene.takeOrders()) {
        if (to.participantId?.name === 'two') askedTwo.push(scene.atMs - orderedAtMs)
        else scene.say(answered('one', 0, 'PASSIVE', { responseTo: messageId, ok: false, message: 'no licence' }))
      }
      if (askedTwo.length === 0 && scene.state.alarm) expect(scene.state.alarm.problem).not.toContain('two:1.0.0')
      scene.fireNext()
    }
    expect(askedTwo[0]).toBe(60_000)
    expect(scene.state.alarm?.problem).toContain('two:1.0.0')
    expect(scene.state.alarm?.problem).toContain('no licence')
  })

  it('says so of a participant that starts anew again and again, and still asks the others in time', () => {
    brought(TWO, 'PASSIVE')
    scene.say({ type: 'order', orderedState: 'RUNNING' }).takeOrders()
    const orderedAtMs = scene.atMs
    let askedTwoAtMs = 0
    for (let arrival = 1; arrival <= 4; arrival++) {
      const dueMs = scene.timers.get('attempt')?.dueMs ?? Infinity
      if (dueMs <= scene.atMs + 25_000) scene.fireNext()
      else scene.later(25_000)
      scene.say({ type: 'participant-returned', participantId: participantOf('one'), arrival })
      const toTwo = scene.takeOrders().some(({ to }) => to.participantId?.name === 'two')
      if (toTwo && askedTwoAtMs === 0) askedTwoAtMs = scene.atMs - orderedAtMs
    }
    expect(askedTwoAtMs).toBeLessThanOrEqual(60_000)
    for (let arrival = 5; arrival <= 8; arrival++)
      scene.later(25_000).say({ type: 'participant-returned', participantId: participantOf('one'), arrival })
    expect(scene.state.alarm?.problem).toContain('one:1.0.0')
  })

  it('takes back what its alarm says of a step when it is done', () => {
    brought(PHASED, 'PASSIVE')
    scene.say({ type: 'order', orderedState: 'RUNNING' })
    const [order] = scene.takeOrders()
    while (scene.state.alarm === null) scene.fireNext()
    expect(scene.state.alarm.problem).toContain('one:1.0.0')
    scene.say(answered('one', 0, 'RUNNING', { responseTo: order?.messageId ?? '' }))
    expect(scene.state).toMatchObject({ alarm: null, step: { startPhase: 1 } })
    expect(scene.takeTold(ALARM).map(({ message }) => message.type)).toEqual(['raise', 'clear'])
  })

  it('gives back a permit that was asked for before it was made anew, and where it came from', () => {
    created(TWO)
    scene.say({ type: 'order', orderedState: 'PASSIVE' })
    const wish = scene.state.wishes
    scene.say({ type: 'order', orderedState: 'UNINITIALISED' }).say({ type: 'delete' })
    const other = { name: 'org.example.OtherLoop', version: '1.0.0' }
    scene.say({ type: 'create', spec: { ...specOf(TWO), definition: other } }).say({ type: 'admission-answered' })
    scene.say({ type: 'order', orderedState: 'PASSIVE' })
    scene.effects = []
    const permit = permitOf(TWO) as Extract<LoopCommand, { type: 'permit-answered' }>
    scene.say({ ...permit, wish, definition: DEFINITION })
    expect(scene.state.permit).toBeNull()
    expect(scene.takeTold(CONTROL_LOOP_DEFINITION)).toEqual([
      { id: conceptText(DEFINITION), message: { type: 'release', loop: LOOP } },
    ])
    scene.say({ ...permit, wish: scene.state.wishes, definition: other })
    expect(scene.state).toMatchObject({ permit: { revision: 1 }, step: { number: 1 } })
  })

  it('can be turned back at any time, and ordered on when it is stuck', () => {
    brought(TWO, 'PASSIVE')
    scene.say({ type: 'order', orderedState: 'RUNNING' }).say({ type: 'order', orderedState: 'RUNNING' })
    expect(scene.rejection).toMatchObject({
      code: 'illegal-transition',
      reason: expect.stringContaining('on its way to RUNNING') as string,
    })
    scene.say({ type: 'order', orderedState: 'PASSIVE' })
    expect([scene.rejection, scene.state.state]).toEqual([undefined, 'RUNNING2PASSIVE'])
    for (let attempt = 0; attempt < DEFAULT_ACTORS_CONFIG.loopAttemptsMax; attempt++) scene.fireNext()
    expect(scene.state.alarm).not.toBeNull()
    scene.effects = []
    scene.say({ type: 'order', orderedState: 'PASSIVE' })
    expect([scene.rejection, scene.state.alarm, scene.takeOrders().length]).toEqual([undefined, null, 1])
  })

  it('takes an order with a key once, however late it comes again', () => {
    scene.say({ type: 'create', spec: specOf(TWO), key: 'k-0' }).say({ type: 'admission-answered' })
    scene.say({ type: 'create', spec: specOf(TWO), key: 'k-0' })
    expect([scene.rejection, scene.state.presence]).toEqual([undefined, 'present'])
    scene.say({ type: 'create', spec: specOf(TWO), key: 'another' })
    expect(scene.rejection).toMatchObject({ code: 'control-loop-exists' })
    scene.say({ type: 'order', orderedState: 'PASSIVE', key: 'k-1' }).say(permitOf(TWO))
    obey(TWO)
    scene.say({ type: 'order', orderedState: 'RUNNING', key: 'k-2' })
    obey(TWO)
    const before = scene.state
    scene.say({ type: 'order', orderedState: 'PASSIVE', key: 'k-1' })
    expect([scene.rejection, scene.state]).toEqual([undefined, before])
    scene.say({ type: 'order', orderedState: 'UNINITIALISED', key: 'k-1' })
    expect(scene.rejection).toMatchObject({ code: 'idempotency-key-reused' })
    scene.say({ type: 'order', orderedState: 'PASSIVE', key: 'k-3' })
    obey(TWO)
    scene.say({ type: 'order', orderedState: 'UNINITIALISED', key: 'k-4' })
    obey(TWO)
    scene.say({ type: 'delete' })
    scene.say({ type: 'create', spec: specOf(TWO), key: 'k-0' })
    expect([scene.rejection, scene.state.presence]).toMatchObject([{ code: 'control-loop-deleted' }, 'deleted'])
    scene.say({ type: 'create', spec: specOf(TWO), key: 'k-5' })
    expect(scene.state.presence).toBe('creating')
  })

  it('an answer to an order that is not in force any more changes nothing', () => {
    brought(TWO, 'PASSIVE')
    scene.say({ type: 'order', orderedState: 'RUNNING' })
    const [run] = scene.takeOrders()
    scene.say({ type: 'order', orderedState: 'PASSIVE' })
    scene.say(answered('one', 0, 'RUNNING', { responseTo: run?.messageId ?? '' }))
    expect(scene.state.ignored).toMatchObject({ late: 1 })
    obey(TWO)
    expect(scene.state.state).toBe('PASSIVE')
  })

  it('waits for its definition to be known to its participants, says so, and raises an alarm if it takes long', () => {
    created(TWO)
    scene.say({ type: 'order', orderedState: 'PASSIVE' })
    const notYet: LoopCommand = { type: 'permit-answered', reason: "participant one:1.0.0 doesn't know it yet" }
    scene.say(notYet)
    expect(scene.waiting()).toEqual(["participant one:1.0.0 doesn't know it yet"])
    while (scene.state.alarm === null) {
      scene.effects = []
      expect(scene.fireNext()).toBe(true)
      expect(scene.takeTold(CONTROL_LOOP_DEFINITION)).toMatchObject([{ message: { type: 'permit' } }])
      scene.say(notYet)
    }
    expect(scene.state.alarm.problem).toContain("doesn't know it yet")
    scene.say({ type: 'order', orderedState: 'UNINITIALISED' })
    expect(scene.state).toMatchObject({ state: 'UNINITIALISED', alarm: null })
    // What was permitted nevertheless is given back.
    scene.effects = []
    scene.say(permitOf(TWO))
    expect(scene.takeTold(CONTROL_LOOP_DEFINITION)).toMatchObject([{ message: { type: 'release' } }])
  })
})

describe('once it is where it was ordered', () => {
  it('has no timers', () => {
    brought(TWO, 'RUNNING')
    expect([...scene.timers.keys()]).toEqual([])
  })

  const reported = (index: number, state: 'PASSIVE' | 'RUNNING' | 'UNINITIALISED', sentAtMs: number): LoopCommand => ({
    type: 'elements-reported',
    participantId: participantOf('one'),
    sentAtMs,
    elements: [{ elementId: elementIdOf(index), atMs: sentAtMs, state, upTimeMs: 0 }],
  })

  it('leaves a participant alone that was there already when it was ordered what it has', () => {
    created(TWO)
    scene.say({ type: 'order', orderedState: 'PASSIVE' }).say(permitOf(TWO, undefined, { 'one:1.0.0': 2 }))
    scene.say({ type: 'participant-returned', participantId: participantOf('one'), arrival: 2 })
    expect(scene.takeOrders().length).toBe(1)
  })

  it('does not leave it alone on the word of one that says not what it answers: it may be of the one before', () => {
    created(TWO)
    scene.say({ type: 'order', orderedState: 'PASSIVE' }).say(permitOf(TWO, undefined, { 'one:1.0.0': 2 }))
    scene.say(answered('one', 0, 'PASSIVE')).say(answered('two', 1, 'PASSIVE'))
    expect(scene.state.state).toBe('PASSIVE')
    scene.takeOrders()
    scene.say({ type: 'participant-returned', participantId: participantOf('one'), arrival: 2 })
    expect(scene.takeOrders()).toMatchObject([{ type: 'instantiate' }])
  })

  it('can be ordered to end on the way, while it is brought back', () => {
    brought(TWO, 'RUNNING')
    scene.say({ type: 'participant-returned', participantId: participantOf('one'), arrival: 1 })
    expect([scene.state.state, scene.state.orderedState]).toEqual(['UNINITIALISED2PASSIVE', 'RUNNING'])
    scene.say({ type: 'order', orderedState: 'RUNNING' })
    expect(scene.rejection).toMatchObject({ code: 'illegal-transition' })
    scene.say({ type: 'order', orderedState: 'PASSIVE' })
    expect([scene.rejection, scene.state.orderedState]).toEqual([undefined, 'PASSIVE'])
    obey(TWO)
    expect(scene.state.state).toBe('PASSIVE')
  })

  it('brings back what has moved by itself', () => {
    brought(TWO, 'RUNNING')
    scene.later(60_000).say(reported(0, 'PASSIVE', scene.atMs))
    expect(scene.state.state).toBe('PASSIVE2RUNNING')
    const [order] = scene.takeOrders()
    expect(order).toMatchObject({
      type: 'change-state',
      orderedState: 'RUNNING',
      to: { participantId: participantOf('one') },
    })
    scene.say(answered('one', 0, 'RUNNING', { responseTo: order?.messageId ?? '' }))
    expect(scene.state.state).toBe('RUNNING')
  })

  it('brings it back though a clock was a year ahead when it came there', () => {
    const aYear = 365 * 86_400_000
    scene.later(aYear)
    brought(TWO, 'RUNNING')
    scene.later(-aYear).say(reported(0, 'PASSIVE', scene.atMs))
    expect(scene.state.state).toBe('PASSIVE2RUNNING')
    expect(scene.takeOrders()).toHaveLength(1)
    scene.say(reported(0, 'RUNNING', scene.atMs))
    expect(scene.state.state).toBe('RUNNING')
  })

  it('keeps no statistics of an element that another participant reports, and counts it', () => {
    brought(TWO, 'RUNNING')
    scene.effects = []
    scene.say({ ...reported(1, 'RUNNING', scene.atMs) })
    expect(scene.state.ignored.foreign).toBe(1)
    expect(scene.takeTold(ELEMENT_STATISTICS)).toEqual([])
    scene.say(reported(0, 'RUNNING', scene.atMs))
    expect(scene.takeTold(ELEMENT_STATISTICS)).toMatchObject([
      { message: { elements: [{ elementId: elementIdOf(0) }] } },
    ])
  })

  it('takes no report for news that was under way while it changed', () => {
    brought(TWO, 'RUNNING')
    scene.say(reported(0, 'PASSIVE', scene.atMs - 1))
    scene.later(1_000).say(reported(0, 'PASSIVE', scene.atMs))
    expect(scene.state.state).toBe('RUNNING')
  })

  it('asks a participant that contradicts without being asked, and not too often', () => {
    brought(TWO, 'RUNNING')
    scene.say(answered('one', 0, 'PASSIVE')).say(answered('one', 0, 'PASSIVE'))
    expect(scene.state.state).toBe('RUNNING')
    expect(scene.takeTold(PARTICIPANT)).toMatchObject([{ id: 'one:1.0.0', message: { type: 'ask-status' } }])
  })

  it('sends a participant that has started anew all that it had', () => {
    brought(PHASED, 'RUNNING')
    scene.say({ type: 'participant-returned', participantId: participantOf('one'), arrival: 1 })
    expect(scene.takeOrders()).toMatchObject([{ type: 'instantiate', startPhase: 0 }])
    expect(scene.state.state).toBe('UNINITIALISED2PASSIVE')
    // Told twice, it does nothing; another arrival is another matter.
    scene.say({ type: 'participant-returned', participantId: participantOf('one'), arrival: 1 })
    expect(scene.takeOrders()).toEqual([])
    scene.say({ type: 'participant-returned', participantId: participantOf('one'), arrival: 2 })
    obey(PHASED)
    expect(scene.state.state).toBe('RUNNING')
    // The other participant was asked nothing that changes anything.
    scene.say({ type: 'participant-returned', participantId: { name: 'elsewhere', version: '1.0.0' }, arrival: 1 })
    expect([scene.state.state, scene.takeOrders()]).toEqual(['RUNNING', []])
  })

  it('believes a participant that has started anew that nothing is left to take down', () => {
    brought(PHASED, 'PASSIVE')
    scene.say({ type: 'order', orderedState: 'UNINITIALISED' })
    const [order] = scene.takeOrders()
    const nothing = { isKnownAlready: false, ok: true, message: 'nothing of the loop is here', results: [] }
    const says = (participant: string, responseTo: string): LoopCommand => ({
      ...nothing,
      type: 'elements-changed',
      participantId: participantOf(participant),
      responseTo,
    })
    const to = order?.to.participantId?.name ?? ''
    const before = scene.state
    scene.say(says(to, 'an-order-of-before')).say(says('elsewhere', order?.messageId ?? ''))
    expect(scene.state).toEqual({ ...before, ignored: { ...before.ignored, late: 1, foreign: 1 } })
    scene.say(says(to, order?.messageId ?? ''))
    expect(scene.state.step?.startPhase).toBeLessThan(before.step?.startPhase ?? 0)
    obey(PHASED)
    expect(scene.state.state).toBe('UNINITIALISED')
  })
})

describe('words that come together', () => {
  it('do what they do one after the other', () => {
    const answers = (): LoopCommand[] => {
      brought(TWO, 'PASSIVE')
      scene.say({ type: 'order', orderedState: 'RUNNING' })
      const orders = scene.takeOrders()
      return TWO.flatMap(({ participant }, index) =>
        orders.map(({ messageId }) => answered(participant, index, 'RUNNING', { responseTo: messageId })),
      )
    }
    for (const answer of answers()) scene.say(answer)
    const apart = scene.state
    expect(apart.state).toBe('RUNNING')
    scene = new LoopScene()
    const words = answers().filter((command) => command.type === 'elements-changed')
    scene.say({ type: 'several-changed', words })
    expect(scene.state).toEqual(apart)
  })
})

describe('changing and deleting', () => {
  it('is possible only while it is UNINITIALISED', () => {
    brought(TWO, 'PASSIVE')
    scene.say({ type: 'delete' })
    expect(scene.rejection).toMatchObject({
      reason: expect.stringContaining('Control Loop State is still PASSIVE') as string,
    })
    scene.say({ type: 'edit', spec: specOf(PHASED) })
    expect(scene.rejection).toMatchObject({ code: 'control-loop-not-uninitialised' })
    scene.say({ type: 'order', orderedState: 'UNINITIALISED' })
    obey(TWO)
    expect(scene.takeTold(CONTROL_LOOP_DEFINITION)).toMatchObject([{ message: { type: 'release' } }])
    scene.say({ type: 'edit', spec: specOf(PHASED) })
    expect(scene.state.spec?.elements).toHaveLength(3)
    scene.say({ type: 'delete' })
    expect(scene.takeTold(CONTROL_LOOP_DEFINITION)).toMatchObject([{ message: { type: 'dismiss' } }])
    expect(scene.state.presence).toBe('deleted')
    created(TWO)
    expect([scene.state.presence, [...scene.timers.keys()]]).toEqual(['present', []])
  })

  it('to another definition is refused', () => {
    created(TWO)
    scene.say({ type: 'edit', spec: { ...specOf(TWO), definition: { name: 'Other', version: '1.0.0' } } })
    expect(scene.rejection).toMatchObject({ code: 'control-loop-of-another-definition' })
  })
})
