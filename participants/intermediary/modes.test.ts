/** The meaning of a participant's state (ONAP's TOSCA Defined Control Loop, 4.2.1). */
import { describe, expect, it } from 'vitest'
import { changeState, instantiate, setMode } from '../testing/orders.ts'
import { participantWorld } from '../testing/participant-world.ts'

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
      'TEST uninstantiate 0',
      'passivate 0',
      'uninstantiate 0',
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
