/**
 * What every participant promises, as a suite: `participantContract('simulator', make)`. The harness says how to make one on a hub,
 * and how to look at what it really did.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Participant } from '../intermediary/participant.ts'
import type { ElementDefinition, ElementOrder, ElementResult, Order } from '../protocol/conversation.ts'
import { elementResult, report as reportSchema } from '../protocol/conversation.ts'
import type { ParticipantState } from '../protocol/states.ts'
import { askStatus, changeState, concept, define, type Given, instantiate, setMode, undefine } from './orders.ts'
import type { TestHub } from './test-hub.ts'

export interface ParticipantHarness {
  readonly hub: TestHub
  readonly participant: Participant
  readonly definition: ElementDefinition
  /** One of its own each time, which works. */
  element(): ElementOrder
  /** One that can't be instantiated. */
  failingElement(): ElementOrder
  /** How often something was really done to bring it into being. */
  timesInstantiated(elementId: string): number
  /** Lets time pass until the condition holds; throws if it doesn't. */
  settle(condition: () => boolean): Promise<void>
  close(): Promise<void>
}

const MANY = 50

export const participantContract = (
  name: string,
  make: (mode: ParticipantState) => Promise<ParticipantHarness>,
): void => {
  describe(`participant contract: ${name}`, () => {
    let harness: ParticipantHarness
    let loops = 0

    const begin = async (mode: ParticipantState = 'ACTIVE', isDefined = true): Promise<void> => {
      harness = await make(mode)
      await harness.settle(() => harness.participant.isRegistered())
      if (!isDefined) return
      harness.hub.deliver(define([harness.definition], mine()))
      await harness.settle(() => harness.hub.of('definitions-known').length > 0)
    }
    const mine = (): Given => ({ identity: harness.participant.identity })
    /** Answers to an order, as soon as there are so many. */
    const ordered = async (order: Order, count = 1): Promise<readonly ElementResult[]> => {
      const before = harness.hub.resultsOf(order).length
      harness.hub.deliver(order)
      await harness.settle(() => harness.hub.resultsOf(order).length >= before + count)
      return harness.hub.resultsOf(order).slice(before)
    }
    const nextLoop = (): Given => ({ ...mine(), loop: concept(`Contract${++loops}`) })

    beforeEach(() => begin())
    afterEach(() => harness.close())

    it('registers, tells how it is, and acknowledges definitions', async () => {
      const { hub, participant, definition } = harness
      await harness.settle(() => hub.of('status').length > 0)
      const order = define([definition], mine())
      hub.deliver(order)
      await harness.settle(() => hub.of('definitions-known').some(({ responseTo }) => responseTo === order.messageId))
      hub.deliver(askStatus({ to: participant.identity }))
      await harness.settle(() => hub.of('status').length > 1)
      for (const report of hub.reports) {
        expect(reportSchema.parse(report)).toEqual(report)
        expect(report).toMatchObject(participant.identity)
      }
    })

    it('takes an element through its life, and answers each step', async () => {
      const loop = nextLoop()
      const element = harness.element()
      const states: unknown[] = []
      for (const order of [
        instantiate([element], loop),
        changeState('RUNNING', loop),
        changeState('PASSIVE', loop),
        changeState('UNINITIALISED', loop),
      ]) {
        const [result] = await ordered(order)
        expect(elementResult.parse(result)).toEqual(result)
        expect(result).toMatchObject({ elementId: element.elementId, ok: true })
        expect(result?.message).not.toBe('')
        states.push(result?.state)
      }
      expect(states).toEqual(['PASSIVE', 'RUNNING', 'PASSIVE', 'UNINITIALISED'])
      expect(harness.timesInstantiated(element.elementId)).toBe(1)
      expect(harness.participant.elements()).toEqual([])
    })

    it('does what is ordered twice once, and answers twice', async () => {
      const loop = nextLoop()
      const element = harness.element()
      const order = instantiate([element], loop)
      harness.hub.deliver(order)
      const first = await ordered(order)
      const second = await ordered(order)
      expect(second).toEqual(first.slice(0, 1))
      // Under another id, it is there already.
      expect(await ordered(instantiate([element], loop))).toMatchObject([{ state: 'PASSIVE', ok: true }])
      expect(harness.timesInstantiated(element.elementId)).toBe(1)
    })

    it('instantiates anew what was gone', async () => {
      const loop = nextLoop()
      const element = harness.element()
      for (let time = 1; time <= 2; time++) {
        expect(await ordered(instantiate([element], loop))).toMatchObject([{ state: 'PASSIVE', ok: true }])
        expect(harness.timesInstantiated(element.elementId)).toBe(time)
        expect(await ordered(changeState('UNINITIALISED', loop))).toMatchObject([{ state: 'UNINITIALISED', ok: true }])
      }
    })

    it('is not led astray by messages in another order', async () => {
      await harness.close()
      await begin('ACTIVE', false)
      const loop = nextLoop()
      const element = harness.element()
      const create = instantiate([element], loop)
      // To run what it doesn't know yet is none of its business; the definition is waited for.
      harness.hub.deliver(changeState('RUNNING', loop))
      harness.hub.deliver(create)
      harness.hub.deliver(define([harness.definition], mine()))
      await harness.settle(() => harness.hub.resultsOf(create).length > 0)
      expect(harness.hub.resultsOf(create)).toMatchObject([{ state: 'PASSIVE', ok: true }])
      const run = changeState('RUNNING', loop)
      await ordered(run)
      expect(await ordered(changeState('PASSIVE', loop))).toMatchObject([{ state: 'PASSIVE' }])
      // Late copies.
      await ordered(create)
      await ordered(run)
      expect(harness.participant.elements()).toMatchObject([{ state: 'PASSIVE' }])
      harness.hub.deliver(undefine(mine()))
      expect(await ordered(changeState('UNINITIALISED', loop))).toMatchObject([{ state: 'UNINITIALISED', ok: true }])
      expect(harness.timesInstantiated(element.elementId)).toBe(1)
    })

    it('says why it could not do something, and lets it be cleaned up', async () => {
      const loop = nextLoop()
      const [failed] = await ordered(instantiate([harness.failingElement()], loop))
      expect(failed).toMatchObject({ state: 'UNINITIALISED', ok: false })
      expect(failed?.message).not.toBe('')
      expect(await ordered(changeState('UNINITIALISED', loop))).toMatchObject([{ state: 'UNINITIALISED', ok: true }])
      expect(harness.participant.elements()).toEqual([])
    })

    it('carries many elements at the same time', async () => {
      const loop = nextLoop()
      const elements = Array.from({ length: MANY }, () => harness.element())
      const results = await ordered(instantiate(elements, loop), MANY)
      expect(new Set(results.map((result) => result.elementId)).size).toBe(MANY)
      expect(results.every(({ ok, state }) => ok && state === 'PASSIVE')).toBe(true)
      await ordered(changeState('UNINITIALISED', loop), MANY)
      expect(harness.participant.elements()).toEqual([])
    })

    it('PASSIVE rejects, SAFE does nothing and says so, ACTIVE does it', async () => {
      await harness.close()
      await begin('PASSIVE')
      const loop = nextLoop()
      const element = harness.element()
      const mode = async (state: ParticipantState): Promise<void> => {
        harness.hub.deliver(setMode(state, { to: harness.participant.identity }))
        await harness.settle(() => harness.hub.of('status').at(-1)?.state === state)
      }
      expect(await ordered(instantiate([element], loop))).toMatchObject([{ state: 'UNINITIALISED', ok: false }])
      await mode('SAFE')
      const [rehearsed] = await ordered(instantiate([element], loop))
      expect(rehearsed).toMatchObject({ state: 'PASSIVE', ok: true })
      expect(rehearsed?.message).toContain('SAFE')
      expect(harness.timesInstantiated(element.elementId)).toBe(0)
      await mode('ACTIVE')
      expect(await ordered(changeState('RUNNING', loop))).toMatchObject([{ state: 'RUNNING', ok: true }])
      expect(harness.timesInstantiated(element.elementId)).toBe(1)
    })

    it('says good-bye, and nothing afterwards', async () => {
      const { hub, participant } = harness
      const loop = nextLoop()
      await ordered(instantiate([harness.element()], loop))
      const closing = participant.close()
      await harness.settle(() => hub.of('deregister').length === 1)
      await closing
      const before = hub.reports.length
      hub.deliver(changeState('RUNNING', loop))
      hub.deliver(askStatus({ to: participant.identity }))
      await new Promise((resolve) => setImmediate(resolve))
      expect(hub.reports).toHaveLength(before)
    })
  })
}
