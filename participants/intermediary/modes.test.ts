/** The meaning of a participant's state (ONAP's TOSCA Defined Control Loop, 4.2.1). */
import { describe, expect, it } from 'vitest'
import { changeState, concept, define, elementDefinition, elementId, elementOrder } from '../testing/orders.ts'
import { instantiate, setMode } from '../testing/orders.ts'
import { participantWorld, type ParticipantWorld } from '../testing/participant-world.ts'

describe('in mode', () => {
  it.each(['PASSIVE', 'TERMINATED', 'UNKNOWN'] as const)('%s everything is rejected', async (mode) => {
    const world = await participantWorld({ mode })
    expect(await world.order(instantiate())).toMatchObject([
      { state: 'UNINITIALISED', ok: false, message: expect.stringContaining(`the participant is ${mode}`) as string },
    ])
    expect(world.calls).toEqual([])
    expect(world.participant.stats().elements).toBe(0)
  })

  it('SAFE the loop goes on, nothing is done, and it is said what would have been', async () => {
    const world = await participantWorld({ mode: 'SAFE' })
    expect(await world.order(instantiate())).toMatchObject([
      { state: 'PASSIVE', ok: true, message: 'SAFE: would have instantiated' },
    ])
    expect(await world.order(changeState('RUNNING'))).toMatchObject([
      { state: 'RUNNING', ok: true, message: 'SAFE: would have started' },
    ])
    expect(await world.order(changeState('UNINITIALISED'))).toMatchObject([
      { state: 'UNINITIALISED', ok: true, message: 'SAFE: would have passivated and uninstantiated' },
    ])
    expect(world.calls).toEqual([])
    expect(world.participant.stats().elements).toBe(0)
  })

  it('TEST it is done in a test environment, and said so', async () => {
    const world = await participantWorld({ mode: 'TEST' })
    expect(await world.order(instantiate())).toMatchObject([
      { state: 'PASSIVE', ok: true, message: 'TEST: instantiated' },
    ])
    world.perform = () => {
      throw new Error('no')
    }
    expect(await world.order(changeState('RUNNING'))).toMatchObject([
      { state: 'PASSIVE', ok: false, message: 'TEST: no' },
    ])
    expect(world.calls).toEqual(['TEST instantiate 0', 'TEST run 0'])
  })
})

describe('when the mode changes', () => {
  it('it is told, once however often the order comes', async () => {
    const world = await participantWorld()
    const order = setMode('PASSIVE')
    await world.order(order)
    expect(world.hub.of('status').at(-1)?.state).toBe('PASSIVE')
    world.participant.setMode('ACTIVE')
    await world.order(order)
    expect(world.participant.state()).toBe('ACTIVE')
  })

  it('from SAFE to ACTIVE, what was only rehearsed is made up for', async () => {
    const world = await participantWorld({ mode: 'SAFE' })
    await world.order(instantiate())
    world.participant.setMode('ACTIVE')
    expect(await world.order(changeState('RUNNING'))).toMatchObject([
      { state: 'RUNNING', ok: true, message: 'instantiated; started' },
    ])
    expect(world.calls).toEqual(['instantiate 0', 'run 0'])
  })

  it('from TEST to ACTIVE, the live environment begins anew, and nothing is left of the test in the end', async () => {
    const world = await participantWorld({ mode: 'TEST' })
    await world.order(instantiate())
    world.participant.setMode('ACTIVE')
    await world.order(changeState('RUNNING'))
    await world.order(changeState('UNINITIALISED'))
    expect(world.calls).toEqual([
      'TEST instantiate 0',
      'instantiate 0',
      'run 0',
      'passivate 0',
      'uninstantiate 0',
      'TEST uninstantiate 0',
    ])
    expect(world.participant.stats().elements).toBe(0)
  })

  it('to SAFE, what really runs is not forgotten when it is said to be gone', async () => {
    const world = await participantWorld()
    await world.order(instantiate())
    await world.order(changeState('RUNNING'))
    world.participant.setMode('SAFE')
    expect(await world.order(changeState('UNINITIALISED'))).toMatchObject([{ state: 'UNINITIALISED', ok: true }])
    expect(world.calls).toEqual(['instantiate 0', 'run 0'])
    world.participant.setMode('ACTIVE')
    await world.order(changeState('UNINITIALISED'))
    expect(world.calls.slice(2)).toEqual(['passivate 0', 'uninstantiate 0'])
    expect(world.participant.stats().elements).toBe(0)
  })
})

describe('new properties', () => {
  const sized = (size: number) => instantiate([elementOrder(elementId(), { size })])
  const sizes = ({ calls, contexts }: ParticipantWorld) =>
    calls.map((call, index) => `${call.slice(0, -2)} ${String(contexts[index]?.properties['size'])}`)

  it.each(['SAFE', 'TEST'] as const)('that came in %s are made up for', async (mode) => {
    const world = await participantWorld()
    await world.order(sized(1))
    world.participant.setMode(mode)
    expect(await world.order(sized(2))).toMatchObject([{ state: 'PASSIVE', ok: true }])
    world.participant.setMode('ACTIVE')
    expect(await world.order(sized(2))).toMatchObject([{ state: 'PASSIVE', ok: true, message: 'instantiated' }])
    expect(await world.order(sized(2))).toMatchObject([{ ok: true, message: 'is PASSIVE already' }])
    await world.order(changeState('RUNNING'))
    const tested = mode === 'TEST' ? ['TEST instantiate 2'] : []
    expect(sizes(world)).toEqual(['instantiate 1', ...tested, 'instantiate 2', 'run 2'])
  })

  it('are told as what would have been done, as long as they are not live', async () => {
    const world = await participantWorld()
    await world.order(sized(1))
    world.participant.setMode('SAFE')
    for (const _time of [1, 2])
      expect(await world.order(sized(2))).toMatchObject([{ ok: true, message: 'SAFE: would have instantiated' }])
    expect(await world.order(changeState('RUNNING'))).toMatchObject([
      { state: 'RUNNING', ok: true, message: 'SAFE: would have instantiated and started' },
    ])
    expect(sizes(world)).toEqual(['instantiate 1'])
  })

  it('of what was only rehearsed are rehearsed once', async () => {
    const world = await participantWorld({ mode: 'SAFE' })
    await world.order(sized(1))
    expect(await world.order(sized(2))).toMatchObject([{ message: 'SAFE: would have instantiated' }])
    expect(await world.order(sized(2))).toMatchObject([{ message: 'SAFE: is PASSIVE already' }])
  })

  it('of what still runs, for it was passivated in SAFE only, come when it is really PASSIVE', async () => {
    const world = await participantWorld()
    await world.order(sized(1))
    await world.order(changeState('RUNNING'))
    world.participant.setMode('SAFE')
    await world.order(changeState('PASSIVE'))
    world.participant.setMode('ACTIVE')
    world.perform = () => {
      throw new Error('it does not stop')
    }
    expect(await world.order(sized(2))).toMatchObject([{ state: 'RUNNING', ok: false }])
    // It isn't there with these properties, even though they were ordered before.
    expect(await world.order(sized(2))).toMatchObject([
      { state: 'RUNNING', ok: false, message: expect.stringContaining('other properties') as string },
    ])
    world.perform = () => undefined
    expect(await world.order(changeState('PASSIVE'))).toMatchObject([
      { state: 'PASSIVE', ok: true, message: 'passivated; instantiated' },
    ])
    await world.order(changeState('RUNNING'))
    expect(sizes(world)).toEqual(['instantiate 1', 'run 1', 'passivate 1', 'passivate 1', 'instantiate 2', 'run 2'])
  })
})

describe('what tests have left', () => {
  it('and cannot be cleared hides nothing that is live', async () => {
    const world = await participantWorld({ mode: 'TEST' })
    await world.order(instantiate())
    world.participant.setMode('ACTIVE')
    await world.order(instantiate())
    await world.order(changeState('RUNNING'))
    world.perform = ({ element, operation }) => {
      if (element.mode === 'TEST' || operation === 'passivate') throw new Error(`no ${operation}`)
    }
    expect(await world.order(changeState('UNINITIALISED'))).toMatchObject([
      { state: 'RUNNING', ok: false, message: 'no passivate' },
    ])
    world.perform = ({ element }) => {
      if (element.mode === 'TEST') throw new Error('the test environment is away')
    }
    expect(await world.order(changeState('UNINITIALISED'))).toMatchObject([
      { state: 'UNINITIALISED', ok: false, message: 'TEST: the test environment is away' },
    ])
    expect(world.calls.slice(-2)).toEqual(['uninstantiate 0', 'TEST uninstantiate 0'])
    world.perform = () => undefined
    expect(await world.order(changeState('UNINITIALISED'))).toMatchObject([{ state: 'UNINITIALISED', ok: true }])
    expect(world.participant.stats().elements).toBe(0)
  })
})

describe('a mode that is set while elements wait', () => {
  const slow = () => {
    const ends: (() => void)[] = []
    return { ends, perform: () => new Promise<void>((resolve) => ends.push(resolve)) }
  }

  it.each([
    ['PASSIVE', { state: 'UNINITIALISED', ok: false }],
    ['SAFE', { state: 'PASSIVE', ok: true, message: 'SAFE: would have instantiated' }],
  ] as const)('to %s holds for those that wait in line', async (mode, result) => {
    const world = await participantWorld({ config: { operationsMax: 1 } })
    const { ends, perform } = slow()
    world.perform = perform
    const order = instantiate([1, 2, 3].map((number) => elementOrder(elementId(number))))
    await world.order(order)
    world.participant.setMode(mode)
    ends[0]?.()
    await world.settle()
    expect(world.calls).toEqual(['instantiate 1'])
    expect(world.hub.resultsOf(order)).toMatchObject([{ state: 'PASSIVE', ok: true }, result, result])
    expect(world.participant.stats()).toMatchObject({ underWay: 0, elements: mode === 'SAFE' ? 3 : 1 })
  })

  it('holds for one that waits for its definition, and what was not begun has no new properties', async () => {
    const world = await participantWorld()
    await world.order(instantiate())
    const late = concept('Late')
    const order = instantiate([{ ...elementOrder(elementId()), definition: late }])
    await world.order(order)
    world.participant.setMode('PASSIVE')
    await world.order(define([{ ...elementDefinition(), definition: late }]))
    expect(world.hub.resultsOf(order)).toMatchObject([{ state: 'PASSIVE', ok: false }])
    world.participant.setMode('ACTIVE')
    expect(await world.order(changeState('RUNNING'))).toMatchObject([{ state: 'RUNNING', ok: true }])
    expect(world.calls).toEqual(['instantiate 0', 'run 0'])
  })

  it('does not break off what has begun', async () => {
    const world = await participantWorld({ mode: 'SAFE' })
    await world.order(instantiate())
    world.participant.setMode('ACTIVE')
    const { ends, perform } = slow()
    world.perform = perform
    const order = changeState('RUNNING')
    await world.order(order)
    world.participant.setMode('PASSIVE')
    for (const _step of [1, 2]) {
      ends.shift()?.()
      await world.settle()
    }
    expect(world.hub.resultsOf(order)).toMatchObject([{ state: 'RUNNING', ok: true }])
  })
})
