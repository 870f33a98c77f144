import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../runtime/testing/manual-clock.ts'
import type { Properties } from '../protocol/conversation.ts'
import { settling } from '../testing/manual-settling.ts'
import {
  changeState,
  define,
  elementDefinition,
  elementId,
  elementOrder,
  IDENTITY,
  instantiate,
} from '../testing/orders.ts'
import { settled } from '../testing/participant-world.ts'
import { participantContract } from '../testing/participant-contract.ts'
import { testHub } from '../testing/test-hub.ts'
import { startSimulatorParticipant } from './simulator-participant.ts'

const START_MS = 1_700_000_000_000

participantContract('simulator', async (mode) => {
  const clock = new ManualClock(START_MS)
  const hub = testHub()
  const done = new Map<string, number>()
  const participant = startSimulatorParticipant(hub.connect(IDENTITY), {
    identity: IDENTITY,
    clock,
    mode,
    onDone: ({ elementId: id }, operation) => {
      if (operation === 'instantiate') done.set(id, (done.get(id) ?? 0) + 1)
    },
  })
  let ids = 0
  const settle = settling(clock)
  return {
    hub,
    participant,
    definition: elementDefinition(),
    element: () => elementOrder(elementId(++ids), { simulator: { delayMs: 20 } }),
    failingElement: () =>
      elementOrder(elementId(++ids), { simulator: { failTimes: 'always', operations: ['instantiate'] } }),
    timesInstantiated: (id) => done.get(id) ?? 0,
    settle,
    close: async () => {
      let isClosed = false
      const closing = participant.close().then(() => (isClosed = true))
      await settle(() => isClosed)
      await closing
    },
  }
})

describe('the simulated participant', () => {
  const start = async (properties: Properties = {}) => {
    const clock = new ManualClock(START_MS)
    const hub = testHub()
    const participant = startSimulatorParticipant(hub.connect(IDENTITY), {
      identity: IDENTITY,
      clock,
      random: () => 0.5,
    })
    await settled()
    hub.deliver(define())
    await settled()
    const order = async (given: Parameters<typeof hub.deliver>[0]) => {
      hub.deliver(given)
      await settled()
      return hub.resultsOf(given)
    }
    return { clock, hub, participant, order, create: () => instantiate([elementOrder(elementId(), properties)]) }
  }

  it('takes the time that its script says', async () => {
    const { clock, order, create, hub } = await start({ simulator: { delayMs: [100, 300] } })
    const created = create()
    expect(await order(created)).toEqual([])
    clock.advance(199)
    await settled()
    expect(hub.resultsOf(created)).toEqual([])
    clock.advance(1)
    await settled()
    expect(hub.resultsOf(created)).toMatchObject([{ state: 'PASSIVE', ok: true }])
  })

  it('gives up as soon as something contrary is ordered', async () => {
    const { order, create, hub } = await start({ simulator: { delayMs: 60_000, operations: ['instantiate'] } })
    const created = create()
    await order(created)
    expect(await order(changeState('UNINITIALISED'))).toMatchObject([{ state: 'UNINITIALISED', ok: true }])
    expect(hub.resultsOf(created)).toMatchObject([{ ok: false }])
  })

  it('fails so often, with the text that it was given, and counts on when it is asked again', async () => {
    const { order, create } = await start({ simulator: { failTimes: 2, failMessage: 'out of paper' } })
    expect(await order(create())).toMatchObject([{ ok: false, message: 'out of paper' }])
    expect(await order(create())).toMatchObject([{ ok: false }])
    expect(await order(create())).toMatchObject([{ ok: true }])
    expect(await order(changeState('RUNNING'))).toMatchObject([{ ok: false }])
  })

  it('goes by the script for the element, its type, itself, or all, the first that there is', async () => {
    const { order, create, participant } = await start({ simulator: { failTimes: 'always', failMessage: 'own' } })
    const { scripts } = participant
    scripts.set('*', { failTimes: 'always', failMessage: 'all' })
    expect(await order(create())).toMatchObject([{ message: 'own' }])
    scripts.set('org.example.Element:1.2.3', { failTimes: 'always', failMessage: 'type' })
    expect(await order(create())).toMatchObject([{ message: 'type' }])
    scripts.set(elementId(), { failTimes: 'always', failMessage: 'element' })
    expect(await order(create())).toMatchObject([{ message: 'element' }])
    scripts.set(elementId(), {})
    expect(await order(create())).toMatchObject([{ ok: true }])
  })

  it('refuses a script that it does not understand', async () => {
    const { order, create } = await start({ simulator: { failtimes: 2 } })
    const [result] = await order(create())
    expect(result?.ok).toBe(false)
    expect(result?.message).toContain('failtimes')
  })

  it('does it and says nothing, so often', async () => {
    const { order, create, participant } = await start({ simulator: { silentTimes: 1, operations: ['instantiate'] } })
    const created = create()
    expect(await order(created)).toEqual([])
    expect(participant.elements()).toMatchObject([{ state: 'PASSIVE' }])
    // What it remembers it says when it is asked again.
    expect(await order(created)).toMatchObject([{ state: 'PASSIVE', ok: true }])
    expect(await order(changeState('RUNNING'))).toMatchObject([{ state: 'RUNNING' }])
  })

  it('says nothing however often it is asked', async () => {
    const { order, create } = await start({ simulator: { silentTimes: 'always' } })
    const created = create()
    expect(await order(created)).toEqual([])
    expect(await order(created)).toEqual([])
  })

  it('goes silent altogether, and comes back', async () => {
    const { hub, order, create, participant } = await start()
    participant.setSilent(true)
    const before = hub.reports.length
    expect(await order(create())).toEqual([])
    participant.setMode('TEST')
    await settled()
    expect(hub.reports).toHaveLength(before)
    expect(participant.elements()).toEqual([])
    participant.setSilent(false)
    expect(await order(create())).toMatchObject([{ ok: true }])
  })
})
