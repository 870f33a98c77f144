import { describe, expect, it } from 'vitest'
import {
  changeState,
  concept,
  define,
  elementDefinition,
  elementId,
  elementOrder,
  IDENTITY,
  instantiate,
  LOOP,
  setMode,
  undefine,
} from '../testing/orders.ts'
import { type Call, participantWorld } from '../testing/participant-world.ts'

/** A listener that takes its time: `release` ends the call which began first. */
const slow = () => {
  const begun: { readonly call: Call; release(): void; fail(error: Error): void }[] = []
  return {
    begun,
    perform: (call: Call) =>
      new Promise<void>((resolve, reject) => begun.push({ call, release: resolve, fail: reject })),
  }
}

describe('an element', () => {
  it('goes through its life, and each step is answered', async () => {
    const world = await participantWorld()
    const first = instantiate()
    expect(await world.order(first)).toEqual([
      { elementId: elementId(), state: 'PASSIVE', ok: true, message: 'instantiated' },
    ])
    expect(world.hub.reports).toEqual([
      {
        ...IDENTITY,
        type: 'elements-changed',
        loop: LOOP,
        responseTo: first.messageId,
        isKnownAlready: false,
        ok: true,
        message: 'instantiated',
        results: [{ elementId: elementId(), state: 'PASSIVE', ok: true, message: 'instantiated' }],
      },
    ])
    world.perform = () => 'is at work'
    expect(await world.order(changeState('RUNNING'))).toMatchObject([{ state: 'RUNNING', message: 'is at work' }])
    expect(await world.order(changeState('PASSIVE'))).toMatchObject([{ state: 'PASSIVE' }])
    expect(await world.order(changeState('UNINITIALISED'))).toMatchObject([{ state: 'UNINITIALISED', ok: true }])
    expect(world.calls).toEqual(['instantiate 0', 'run 0', 'passivate 0', 'uninstantiate 0'])
    expect(world.participant.elements()).toEqual([])
  })

  it('gives its listener all that is known of it', async () => {
    const world = await participantWorld()
    await world.order(instantiate([{ ...elementOrder(elementId(), { size: 3 }), templateFragment: { policies: [] } }]))
    expect(world.contexts[0]).toMatchObject({
      loop: LOOP,
      elementId: elementId(),
      nodeTemplate: { type: 'org.example.ElementType' },
      properties: { size: 3 },
      templateFragment: { policies: [] },
      mode: 'ACTIVE',
    })
    expect(world.contexts[0]?.signal.aborted).toBe(false)
  })

  it('that fails stays where it was, says why, and can be tried again', async () => {
    const world = await participantWorld()
    world.perform = () => {
      throw new Error('no room')
    }
    expect(await world.order(instantiate())).toEqual([
      { elementId: elementId(), state: 'UNINITIALISED', ok: false, message: 'no room' },
    ])
    world.perform = () => Promise.reject(new Error('still no room'))
    expect(await world.order(instantiate())).toMatchObject([{ ok: false, message: 'still no room' }])
    world.perform = () => undefined
    expect(await world.order(instantiate())).toMatchObject([{ state: 'PASSIVE', ok: true }])
    world.perform = () => {
      throw new Error('no current')
    }
    expect(await world.order(changeState('RUNNING'))).toMatchObject([{ state: 'PASSIVE', ok: false }])
    expect(world.participant.statistics()).toMatchObject({ eventCount: 4 })
    expect(world.participant.stats().failedOperations).toBe(3)
  })

  it('that failed to come into being is cleaned up when it is to go', async () => {
    const world = await participantWorld()
    world.perform = () => {
      throw new Error('half of it is there')
    }
    await world.order(instantiate())
    world.perform = () => undefined
    expect(await world.order(changeState('UNINITIALISED'))).toMatchObject([{ state: 'UNINITIALISED', ok: true }])
    expect(world.calls).toEqual(['instantiate 0', 'uninstantiate 0'])
    expect(world.participant.stats().elements).toBe(0)
  })

  it('where it is ordered to be already answers at once', async () => {
    const world = await participantWorld()
    await world.order(instantiate())
    expect(await world.order(instantiate())).toMatchObject([
      { state: 'PASSIVE', ok: true, message: 'is PASSIVE already' },
    ])
    await world.order(changeState('RUNNING'))
    expect(await world.order(changeState('RUNNING'))).toMatchObject([{ state: 'RUNNING', ok: true }])
    // A late repetition must not take it back.
    expect(await world.order(instantiate())).toMatchObject([{ state: 'RUNNING', ok: true }])
    await world.order(changeState('UNINITIALISED'))
    expect(await world.order(changeState('UNINITIALISED'))).toMatchObject([{ state: 'UNINITIALISED', ok: true }])
    expect(world.calls).toEqual(['instantiate 0', 'run 0', 'passivate 0', 'uninstantiate 0'])
  })

  it('is instantiated again with other properties, but not while it runs', async () => {
    const world = await participantWorld()
    const sized = (size: number) => instantiate([elementOrder(elementId(), { size })])
    await world.order(sized(1))
    expect(await world.order(sized(2))).toMatchObject([{ state: 'PASSIVE', ok: true, message: 'instantiated' }])
    expect(world.contexts.map(({ properties }) => properties)).toEqual([{ size: 1 }, { size: 2 }])
    await world.order(changeState('RUNNING'))
    expect(await world.order(sized(3))).toMatchObject([{ state: 'RUNNING', ok: false }])
    expect(world.calls).toEqual(['instantiate 0', 'instantiate 0', 'run 0'])
  })

  it('that failed to get other properties gets them with the next order', async () => {
    const world = await participantWorld()
    const sized = (size: number) => instantiate([elementOrder(elementId(), { size })])
    await world.order(sized(1))
    world.perform = () => {
      throw new Error('not now')
    }
    expect(await world.order(sized(2))).toMatchObject([{ state: 'PASSIVE', ok: false, message: 'not now' }])
    expect(await world.order(sized(2))).toMatchObject([{ state: 'PASSIVE', ok: false, message: 'not now' }])
    world.perform = () => undefined
    expect(await world.order(changeState('RUNNING'))).toMatchObject([
      { state: 'RUNNING', ok: true, message: 'instantiated; started' },
    ])
    expect(world.contexts.map(({ properties }) => properties['size'])).toEqual([1, 2, 2, 2, 2])
  })

  it.each([
    ['an object without a prototype', Object.create(null)],
    ['an error whose message is an object', Object.assign(new Error(), { message: { a: 1 } })],
    ['an error whose message is a list', Object.assign(new Error(), { message: ['x'] })],
    ['an error without a message', Object.assign(new Error(), { message: undefined })],
    ['nothing', undefined],
    ['an empty text', ''],
  ])('that fails with %s is answered, and can be tried again', async (_what, thrown: unknown) => {
    const world = await participantWorld()
    world.perform = () => {
      throw thrown
    }
    expect(await world.order(instantiate())).toEqual([
      { elementId: elementId(), state: 'UNINITIALISED', ok: false, message: 'failed, and gave no reason' },
    ])
    world.perform = () => undefined
    expect(await world.order(instantiate())).toMatchObject([{ state: 'PASSIVE', ok: true }])
    expect(world.participant.stats().underWay).toBe(0)
  })

  it.each([[null], [{}], [7]])('whose listener returns %j is done', async (returned: unknown) => {
    const world = await participantWorld()
    world.perform = () => returned as string
    expect(await world.order(instantiate())).toMatchObject([{ state: 'PASSIVE', ok: true, message: 'instantiated' }])
  })

  it('that was never instantiated can only be left alone', async () => {
    const world = await participantWorld()
    world.perform = () => {
      throw new Error('no')
    }
    await world.order(instantiate())
    expect(await world.order(changeState('RUNNING'))).toMatchObject([{ state: 'UNINITIALISED', ok: false }])
  })
})

describe('an order that comes again', () => {
  it('is answered again and not carried out again', async () => {
    const world = await participantWorld()
    const order = instantiate([elementOrder(elementId(1)), elementOrder(elementId(2))])
    const [first] = await world.order(order)
    expect(world.hub.reports).toHaveLength(2)
    expect(await world.order(order)).toHaveLength(4)
    expect(world.hub.reports).toHaveLength(3)
    expect(world.hub.of('elements-changed').at(-1)?.results[0]).toEqual(first)
    expect(world.calls).toEqual(['instantiate 1', 'instantiate 2'])
    expect(world.participant.stats().orders).toMatchObject({ repeated: 1 })
  })

  it('is answered in parts that brokers take', async () => {
    const world = await participantWorld()
    const elements = Array.from({ length: 250 }, (_, number) => elementOrder(elementId(number)))
    const order = instantiate(elements)
    await world.order(order)
    const before = world.hub.of('elements-changed').length
    await world.order(order)
    const again = world.hub.of('elements-changed').slice(before)
    expect(again.map(({ results }) => results.length)).toEqual([100, 100, 50])
    expect(new Set(again.flatMap(({ results }) => results.map((result) => result.elementId))).size).toBe(250)
  })

  it('while it is carried out gets one answer', async () => {
    const world = await participantWorld()
    const { begun, perform } = slow()
    world.perform = perform
    const order = instantiate()
    await world.order(order)
    expect(await world.order(order)).toEqual([])
    begun[0]?.release()
    await world.settle()
    expect(world.hub.resultsOf(order)).toHaveLength(1)
    expect(world.calls).toHaveLength(1)
  })

  it('after later ones changes nothing, and says where the element is now', async () => {
    const world = await participantWorld()
    await world.order(instantiate())
    const run = changeState('RUNNING')
    await world.order(run)
    await world.order(changeState('PASSIVE'))
    const [, again] = await world.order(run)
    expect(again).toEqual({ elementId: elementId(), state: 'PASSIVE', ok: true, message: 'started' })
    expect(world.calls).toEqual(['instantiate 0', 'run 0', 'passivate 0'])
  })

  it('is remembered for so many orders', async () => {
    const world = await participantWorld({ config: { handledOrdersMax: 2 } })
    world.perform = () => {
      throw new Error('no')
    }
    const order = instantiate()
    await world.order(order)
    await world.order(instantiate())
    await world.order(instantiate())
    await world.order(order)
    expect(world.calls).toHaveLength(4)
  })

  it('and defines or undefines does so once', async () => {
    const world = await participantWorld()
    const known = define()
    await world.order(known)
    const forget = undefine()
    await world.order(forget)
    await world.order(known)
    expect(world.participant.stats().definitions).toBe(0)
    expect(world.hub.of('definitions-known').map(({ responseTo, ok }) => [responseTo, ok])).toEqual([
      [known.messageId, true],
      [forget.messageId, true],
      [known.messageId, true],
    ])
  })
})

describe('orders while an operation is under way', () => {
  it('wait for it, and the newest wins', async () => {
    const world = await participantWorld()
    await world.order(instantiate())
    const { begun, perform } = slow()
    world.perform = perform
    const run = changeState('RUNNING')
    const stop = changeState('UNINITIALISED')
    const passivate = changeState('PASSIVE')
    await world.order(run)
    // Looked at, as a listener would that heeds it.
    const signal = begun[0]?.call.element.signal
    await world.order(stop)
    await world.order(passivate)
    expect(signal?.aborted).toBe(true)
    expect(world.hub.resultsOf(stop)).toMatchObject([
      { ok: false, message: expect.stringContaining('overtaken') as string },
    ])
    expect(world.calls).toEqual(['instantiate 0', 'run 0'])
    begun[0]?.fail(new Error('I stopped'))
    await world.settle()
    expect(world.hub.resultsOf(run)).toEqual([
      {
        elementId: elementId(),
        state: 'PASSIVE',
        ok: false,
        message: 'given up: UNINITIALISED is ordered now (I stopped)',
      },
    ])
    expect(world.hub.resultsOf(passivate)).toMatchObject([{ state: 'PASSIVE', ok: true }])
    expect(world.calls).toEqual(['instantiate 0', 'run 0'])
  })

  it('that want the same share one operation', async () => {
    const world = await participantWorld()
    const { begun, perform } = slow()
    world.perform = perform
    const orders = [instantiate(), instantiate()]
    for (const order of orders) await world.order(order)
    begun[0]?.release()
    await world.settle()
    expect(world.calls).toHaveLength(1)
    for (const order of orders) expect(world.hub.resultsOf(order)).toMatchObject([{ state: 'PASSIVE', ok: true }])
  })

  it('that lead on in the same direction let it end in peace', async () => {
    const world = await participantWorld()
    const { begun, perform } = slow()
    world.perform = perform
    await world.order(instantiate())
    const run = changeState('RUNNING')
    await world.order(run)
    expect(begun[0]?.call.element.signal.aborted).toBe(false)
    begun[0]?.release()
    await world.settle()
    begun[1]?.release()
    await world.settle()
    expect(world.hub.resultsOf(run)).toMatchObject([{ state: 'RUNNING', ok: true }])
  })

  it('of other elements go on, up to a bound', async () => {
    const world = await participantWorld({ config: { operationsMax: 2 } })
    const { begun, perform } = slow()
    world.perform = perform
    const order = instantiate([1, 2, 3].map((number) => elementOrder(elementId(number))))
    await world.order(order)
    expect(world.calls).toEqual(['instantiate 1', 'instantiate 2'])
    begun[1]?.release()
    await world.settle()
    expect(world.calls).toHaveLength(3)
    expect(world.hub.resultsOf(order)).toMatchObject([{ elementId: elementId(2) }])
  })

  it('and end it when it takes too long', async () => {
    const world = await participantWorld({ config: { operationTimeoutMs: 1_000 } })
    const { begun, perform } = slow()
    world.perform = perform
    const order = instantiate()
    await world.order(order)
    const signal = begun[0]?.call.element.signal
    await world.pass(1_100)
    expect(signal?.aborted).toBe(true)
    expect(world.hub.resultsOf(order)).toMatchObject([{ state: 'UNINITIALISED', ok: false }])
    expect(world.hub.resultsOf(order)[0]?.message).toContain('not done within 1000 ms')
    begun[0]?.release()
    await world.settle()
    expect(world.participant.elements()[0]?.state).toBe('UNINITIALISED')
  })
})

describe('which elements are meant', () => {
  it("are one's own, of the phase that is ordered", async () => {
    const world = await participantWorld()
    const other = concept('Other')
    const order = instantiate([elementOrder(elementId(1))], { startPhase: 1 })
    if (order.type === 'instantiate')
      order.participants.unshift({
        participantId: other,
        elements: [{ ...elementOrder(elementId(9)), participantId: other }],
      })
    await world.order(order)
    await world.order(instantiate([elementOrder(elementId(2))], { startPhase: 2 }))
    await world.order(changeState('RUNNING', { startPhase: 2 }))
    expect(world.calls).toEqual(['instantiate 1', 'instantiate 2', 'run 2'])
    await world.order(changeState('RUNNING', { to: { participantType: concept('org.example.Other') } }))
    expect(world.calls).toHaveLength(3)
    await world.order(changeState('RUNNING'))
    expect(world.calls.at(-1)).toBe('run 1')
  })

  it('none, of a loop that is not here: only that it is gone is confirmed, when asked in person', async () => {
    const world = await participantWorld()
    const loop = concept('Nowhere')
    for (const state of ['PASSIVE', 'RUNNING', 'UNINITIALISED'] as const)
      await world.order(changeState(state, { loop }))
    expect(world.hub.reports).toEqual([])
    const inPerson = changeState('UNINITIALISED', { loop, to: IDENTITY })
    await world.order(inPerson)
    expect(world.hub.reports).toMatchObject([
      { type: 'elements-changed', responseTo: inPerson.messageId, ok: true, results: [] },
    ])
    await world.order(changeState('RUNNING', { loop, to: IDENTITY }))
    expect(world.hub.reports).toHaveLength(1)
  })

  it('all of those that an order names, however often it names the participant', async () => {
    const world = await participantWorld()
    const order = instantiate([elementOrder(elementId(1))])
    if (order.type === 'instantiate')
      order.participants.push({ participantId: IDENTITY.participantId, elements: [elementOrder(elementId(2))] })
    await world.order(order)
    world.hub.reports.length = 0
    expect(await world.order(order)).toMatchObject([{ elementId: elementId(1) }, { elementId: elementId(2) }])
  })

  it("not those of another loop, which keep their loop's state and properties", async () => {
    const world = await participantWorld()
    const loop = concept('Loop1')
    await world.order(instantiate([elementOrder(elementId(1), { size: 1 })]))
    const order = instantiate([elementOrder(elementId(1), { size: 2 }), elementOrder(elementId(2))], { loop })
    const results = await world.order(order)
    expect(results.find((result) => result.elementId === elementId(1))).toEqual({
      elementId: elementId(1),
      state: 'UNINITIALISED',
      ok: false,
      message: 'refused: it belongs to loop Loop0:1.0.0, and no element has two loops',
    })
    await world.order(changeState('UNINITIALISED', { loop }))
    expect(world.calls).toEqual(['instantiate 1', 'instantiate 2', 'uninstantiate 2'])
    expect(world.participant.elements()).toMatchObject([{ loop: LOOP, state: 'PASSIVE', properties: { size: 1 } }])
    expect(world.participant.stats().orders).toMatchObject({ refused: 1 })
    // Once it is gone, it may come into being elsewhere.
    await world.order(changeState('UNINITIALISED'))
    expect(await world.order(instantiate([elementOrder(elementId(1))], { loop }))).toMatchObject([{ ok: true }])
  })

  it.each([
    ['participantId', 'it is for participant Other:1.0.0 of type org.example.Participant:1.0.0'],
    ['participantType', 'it is for participant Participant0:1.0.0 of type Other:1.0.0'],
  ])('not one with the %s of somebody else', async (field, message) => {
    const world = await participantWorld()
    const order = instantiate([{ ...elementOrder(elementId(1)), [field]: concept('Other') }])
    const [result] = await world.order(order)
    expect(result).toMatchObject({ state: 'UNINITIALISED', ok: false })
    expect(result?.message).toContain(message)
    expect(world.calls).toEqual([])
    expect(world.participant.stats()).toMatchObject({ elements: 0, orders: { refused: 1 } })
  })

  it('are refused when there are too many', async () => {
    const world = await participantWorld({ config: { elementsMax: 1 } })
    const results = await world.order(instantiate([elementOrder(elementId(1)), elementOrder(elementId(2))]))
    expect(results.map(({ ok }) => ok).sort()).toEqual([false, true])
    expect(world.calls).toEqual(['instantiate 1'])
  })
})

describe('a definition that is not there yet', () => {
  it('is waited for', async () => {
    const world = await participantWorld({ isDefined: false })
    const order = instantiate()
    await world.order(order)
    expect(world.hub.reports).toEqual([])
    await world.order(define())
    expect(world.hub.resultsOf(order)).toMatchObject([{ state: 'PASSIVE', ok: true }])
  })

  it('is waited for so long, then the element fails and is forgotten', async () => {
    const world = await participantWorld({ isDefined: false, config: { definitionWaitMs: 500 } })
    const order = instantiate()
    await world.order(order)
    await world.pass(550)
    expect(world.hub.resultsOf(order)).toMatchObject([
      { state: 'UNINITIALISED', ok: false, message: expect.stringContaining('org.example.Element:1.2.3') as string },
    ])
    expect(world.calls).toEqual([])
    expect(world.participant.stats().elements).toBe(0)
  })

  it('is no longer waited for when the element is to go', async () => {
    const world = await participantWorld({ isDefined: false })
    const order = instantiate()
    await world.order(order)
    const gone = await world.order(changeState('UNINITIALISED'))
    expect(gone).toMatchObject([{ state: 'UNINITIALISED', ok: true }])
    expect(world.hub.resultsOf(order)).toMatchObject([{ ok: false, message: 'given up: UNINITIALISED is ordered now' }])
  })

  it('of another type of participant is none of its business', async () => {
    const world = await participantWorld({ isDefined: false })
    await world.order(define(undefined, { identity: { ...IDENTITY, participantType: concept('org.example.Other') } }))
    expect(world.hub.reports).toEqual([])
  })

  it('is refused when there are too many', async () => {
    const world = await participantWorld({ isDefined: false, config: { definitionsMax: 0 } })
    await world.order(define())
    expect(world.hub.of('definitions-known')).toMatchObject([{ ok: false }])
  })
})

describe('an order that was overtaken on its way', () => {
  const AT_MS = 1_700_000_000_000

  it('is not carried out, unless clocks may be to blame', async () => {
    const world = await participantWorld()
    await world.order(instantiate(undefined, { atMs: AT_MS }))
    await world.pass(60_000)
    await world.order(changeState('UNINITIALISED', { atMs: AT_MS + 60_000 }))
    expect(await world.order(instantiate(undefined, { atMs: AT_MS + 54_999 }))).toEqual([])
    expect(world.participant.elements()).toEqual([])
    expect(world.participant.stats().orders).toMatchObject({ overtaken: 1 })
    expect(await world.order(instantiate(undefined, { atMs: AT_MS + 55_000 }))).toMatchObject([{ state: 'PASSIVE' }])
    // Another loop, and one that doesn't say when.
    const loop = concept('Loop1')
    expect(await world.order(instantiate([elementOrder(elementId(7))], { loop, atMs: AT_MS }))).toHaveLength(1)
    expect(await world.order(changeState('RUNNING', { atMs: 0 }))).toMatchObject([{ state: 'RUNNING' }])
  })

  it('is carried out where the newer one is forgotten', async () => {
    const world = await participantWorld({ config: { latestOrdersMax: 1 } })
    await world.order(instantiate(undefined, { atMs: AT_MS }))
    await world.order(instantiate([elementOrder(elementId(7))], { loop: concept('Loop1'), atMs: AT_MS }))
    expect(await world.order(changeState('RUNNING', { atMs: AT_MS - 60_000 }))).toMatchObject([{ state: 'RUNNING' }])
  })

  it('by one that is dated far ahead is carried out all the same', async () => {
    const world = await participantWorld()
    await world.order(instantiate(undefined, { atMs: AT_MS }))
    await world.order(changeState('PASSIVE', { atMs: 8_640_000_000_000_000 }))
    expect(await world.order(changeState('RUNNING', { atMs: AT_MS }))).toMatchObject([{ state: 'RUNNING' }])
    await world.pass(60_000)
    expect(await world.order(changeState('PASSIVE', { atMs: AT_MS + 60_000 }))).toMatchObject([{ state: 'PASSIVE' }])
  })

  it('sets no mode any more', async () => {
    const world = await participantWorld()
    await world.pass(200_000)
    await world.order(setMode('SAFE', { atMs: AT_MS + 100_000 }))
    await world.order(setMode('PASSIVE', { atMs: AT_MS + 200_000 }))
    await world.order(setMode('ACTIVE', { atMs: AT_MS + 150_000 }))
    expect(world.participant.state()).toBe('PASSIVE')
    await world.order(setMode('ACTIVE', { atMs: AT_MS + 200_000 }))
    expect(world.participant.state()).toBe('ACTIVE')
    expect(world.participant.stats().orders).toMatchObject({ overtaken: 1 })
  })

  it('neither defines what was given up since, nor gives up what was defined since', async () => {
    const world = await participantWorld({ isDefined: false })
    const other = { ...elementDefinition(), definition: concept('Other') }
    await world.pass(300_000)
    await world.order(define([other], { atMs: AT_MS + 200_000 }))
    await world.order(undefine({ atMs: AT_MS + 100_000 }))
    // Definitions come in pieces: those of another template may be older.
    await world.order(define(undefined, { atMs: AT_MS + 100_000 }))
    expect(world.participant.stats().definitions).toBe(2)
    await world.order(undefine({ atMs: AT_MS + 300_000 }))
    await world.order(define([other], { atMs: AT_MS + 200_001 }))
    expect(world.participant.stats().definitions).toBe(0)
    await world.order(define([other], { atMs: AT_MS + 300_000 }))
    expect(world.participant.stats()).toMatchObject({ definitions: 1, orders: { overtaken: 2 } })
  })
})
