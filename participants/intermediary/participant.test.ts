import { describe, expect, it } from 'vitest'
import { RuntimeFault } from '../../runtime/fault.ts'
import { localHub } from '../link/local-link.ts'
import type { Report } from '../protocol/conversation.ts'
import {
  askStatus,
  changeState,
  concept,
  elementId,
  elementOrder,
  IDENTITY,
  instantiate,
  LOOP,
} from '../testing/orders.ts'
import { participantWorld } from '../testing/participant-world.ts'
import { glance, testHub } from '../testing/test-hub.ts'
import type { ElementContext } from './element-listener.ts'

const silent = () => {
  const hub = testHub()
  hub.answers = false
  return hub
}

describe('registration', () => {
  it('is repeated with growing waits and new ids until it is answered, then the status follows', async () => {
    const hub = silent()
    const world = await participantWorld({
      hub,
      isDefined: false,
      config: { registerRetry: { firstMs: 100, longestMs: 300 } },
    })
    expect(world.participant.isRegistered()).toBe(false)
    await world.pass(1_010)
    const ids = hub.of('register').map(({ messageId }) => messageId)
    // After 100, 300, 600 and 900 ms; the first was before.
    expect(new Set(ids).size).toBe(4)
    hub.deliver({
      type: 'registered',
      messageId: 'm',
      atMs: 0,
      to: { participantId: IDENTITY.participantId, participantType: IDENTITY.participantType },
      responseTo: ids[0] ?? '',
    })
    await world.settle()
    expect(world.participant.isRegistered()).toBe(true)
    expect(hub.of('status')).toHaveLength(1)
    await world.pass(1_000)
    expect(hub.of('register')).toHaveLength(4)
  })

  it("isn't done by the answer to another's", async () => {
    const hub = silent()
    const world = await participantWorld({ hub, isDefined: false })
    const ofAnother = { type: 'registered', messageId: 'm', atMs: 0, responseTo: 'of-another' } as const
    hub.deliver({ ...ofAnother, to: {} })
    // As the original addresses what has an id and no type: everybody hears it.
    hub.deliver({ ...ofAnother, to: { participantId: concept('Other') } })
    hub.deliver({ ...ofAnother, to: { participantType: IDENTITY.participantType } })
    await world.settle()
    expect(world.participant.isRegistered()).toBe(false)
    expect(world.participant.stats().orders).toMatchObject({ handled: 0, notMine: 3 })
    // What it hasn't asked for, but is meant for it and nobody else.
    hub.deliver({ ...ofAnother, to: IDENTITY })
    await world.settle()
    expect(world.participant.isRegistered()).toBe(true)
  })

  it('is taken back in the end, which waits for the answer, but not for ever', async () => {
    const world = await participantWorld()
    await world.participant.close()
    expect(glance(world.hub.reports)).toEqual(['deregister'])
    expect(world.hub.has(IDENTITY.participantId)).toBe(false)

    const unheard = await participantWorld()
    unheard.hub.answers = false
    const closing = unheard.participant.close()
    await unheard.pass(10_000)
    await closing
  })

  it('is taken back after what was under way has ended', async () => {
    const world = await participantWorld()
    world.perform = ({ element }) =>
      new Promise((_, reject) => element.signal.addEventListener('abort', () => reject(new Error('enough'))))
    await world.order(instantiate())
    await world.participant.close()
    expect(glance(world.hub.reports)).toEqual(['Loop0:1.0.0 UNINITIALISED!', 'deregister'])
    await world.order(instantiate())
    expect(world.calls).toHaveLength(1)
  })
})

describe('status', () => {
  const loops = (count: number) => Array.from({ length: count }, (_, index) => concept(`Loop${index}`))
  const withLoops = async (count: number, config: Parameters<typeof participantWorld>[0]) => {
    const world = await participantWorld(config)
    for (const [index, loop] of loops(count).entries())
      await world.order(instantiate([elementOrder(elementId(index))], { loop }))
    return world
  }
  const toldOf = (world: Awaited<ReturnType<typeof participantWorld>>) =>
    world.hub.of('status').map((status) => status.loops.map(({ loop }) => loop.name))

  it('comes from time to time, of what changed and of some others in turn', async () => {
    const world = await withLoops(6, { config: { reportingIntervalMs: 1_000, loopsPerRotation: 2 } })
    await world.pass(1_200)
    expect(toldOf(world)).toEqual([['Loop0', 'Loop1', 'Loop2', 'Loop3', 'Loop4', 'Loop5']])
    world.hub.reports.length = 0
    await world.pass(3_000)
    expect(toldOf(world)).toEqual([
      ['Loop2', 'Loop3'],
      ['Loop4', 'Loop5'],
      ['Loop0', 'Loop1'],
    ])
    world.hub.reports.length = 0
    await world.order(changeState('RUNNING', { loop: concept('Loop5') }))
    await world.pass(1_000)
    expect(toldOf(world)).toEqual([['Loop5', 'Loop2', 'Loop3']])
  })

  describe('that comes from time to time', () => {
    const config = { reportingIntervalMs: 10_000, reportingJitter: 0, loopsPerPacedStatus: 2, statusPauseMs: 1_000 }
    const PARTS = [['Loop0', 'Loop1'], ['Loop2', 'Loop3'], ['Loop4']]

    it('is spread over some time, so that a crowd of loops is no burst', async () => {
      const world = await withLoops(5, { config })
      await world.pass(10_000)
      expect(toldOf(world)).toEqual(PARTS.slice(0, 1))
      await world.pass(1_000)
      expect(toldOf(world)).toEqual(PARTS.slice(0, 2))
      await world.pass(1_000)
      expect(toldOf(world)).toEqual(PARTS)
    })

    it('takes no more than half of the interval', async () => {
      const world = await withLoops(5, { config: { ...config, statusPauseMs: 60_000 } })
      await world.pass(15_000)
      expect(toldOf(world)).toEqual(PARTS)
    })

    it('does not hold up one that was asked for', async () => {
      const world = await withLoops(5, { config })
      await world.pass(10_000)
      await world.order(askStatus())
      expect(toldOf(world)).toEqual([...PARTS, ['Loop0', 'Loop1', 'Loop2', 'Loop3', 'Loop4']])
    })

    it('says nothing old of a loop that has gone meanwhile', async () => {
      const world = await withLoops(5, { config })
      await world.pass(10_000)
      await world.order(changeState('UNINITIALISED', { loop: concept('Loop2') }))
      await world.pass(1_000)
      expect(toldOf(world)).toEqual([['Loop0', 'Loop1'], ['Loop3']])
      await world.order(askStatus())
      const told = world.hub.of('status').flatMap(({ loops }) => loops)
      const gone = { loop: concept('Loop2'), state: 'UNINITIALISED', elements: [] }
      expect(told.filter(({ loop }) => loop.name === 'Loop2')).toEqual([gone])
    })
  })

  it('tells all when asked, in parts of a bounded size', async () => {
    const world = await withLoops(5, { config: { loopsPerStatusMax: 2 } })
    await world.order(askStatus())
    expect(toldOf(world)).toEqual([['Loop0', 'Loop1'], ['Loop2', 'Loop3'], ['Loop4']])
    const small = await withLoops(3, { config: { elementsPerStatusMax: 1 } })
    await small.order(askStatus())
    expect(toldOf(small)).toEqual([['Loop0'], ['Loop1'], ['Loop2']])
  })

  it('tells of states, times and the work that was done', async () => {
    const world = await withLoops(1, {})
    await world.pass(500)
    world.hub.reports.length = 0
    await world.order(changeState('RUNNING'))
    await world.order(askStatus())
    const [status] = world.hub.of('status')
    expect(status).toMatchObject({
      state: 'ACTIVE',
      healthStatus: 'HEALTHY',
      loops: [
        { loop: LOOP, state: 'RUNNING', elements: [{ elementId: elementId(), state: 'RUNNING', upTimeMs: 500 }] },
      ],
      statistics: { eventCount: 2, upTimeMs: 500, lastStartMs: 1_700_000_000_000, lastEnterTimeMs: 1_700_000_000_500 },
    })
  })

  it('tells once that a loop is gone', async () => {
    const world = await withLoops(1, {})
    await world.order(changeState('UNINITIALISED'))
    await world.order(askStatus())
    await world.order(askStatus())
    expect(world.hub.of('status').map(({ loops: told }) => told)).toEqual([
      [{ loop: LOOP, state: 'UNINITIALISED', elements: [] }],
      [],
    ])
  })

  it('asks the listener, and does without one that does not answer', async () => {
    const world = await participantWorld({
      config: { statisticsTimeoutMs: 100 },
      listener: {
        instantiate: () => undefined,
        run: () => undefined,
        passivate: () => undefined,
        uninstantiate: () => undefined,
        statistics: (element: ElementContext) => {
          if (element.elementId === elementId(1)) return { upTimeMs: 42 }
          if (element.elementId === elementId(2)) throw new Error('no idea')
          return new Promise(() => undefined)
        },
      },
    })
    await world.order(instantiate([1, 2, 3].map((number) => elementOrder(elementId(number)))))
    await world.order(askStatus())
    await world.pass(150)
    expect(world.hub.of('status')[0]?.loops[0]?.elements.map(({ upTimeMs }) => upTimeMs)).toEqual([
      42,
      expect.any(Number),
      expect.any(Number),
    ])
  })
})

describe('a change that nobody ordered', () => {
  it('is reported, and gone on from', async () => {
    const world = await participantWorld()
    await world.order(instantiate())
    await world.order(changeState('RUNNING'))
    world.hub.reports.length = 0
    expect(world.participant.updateElementState(LOOP, elementId(), 'UNINITIALISED', 'it vanished')).toBe(true)
    await world.settle()
    expect(world.hub.of('elements-changed')).toMatchObject([
      { ok: true, message: 'it vanished', results: [{ state: 'UNINITIALISED', ok: true }] },
    ])
    expect(world.hub.of('elements-changed')[0]).not.toHaveProperty('responseTo')
    expect(await world.order(instantiate())).toMatchObject([{ state: 'PASSIVE', ok: true }])
    expect(world.calls).toEqual(['instantiate 0', 'run 0', 'instantiate 0'])
    world.participant.updateElementState(LOOP, elementId(), 'UNINITIALISED', 'it vanished')
    world.participant.updateElementState(LOOP, elementId(), 'PASSIVE', 'it is there again')
    expect(await world.order(instantiate())).toMatchObject([{ message: 'is PASSIVE already' }])
    expect(world.participant.updateElementState(LOOP, elementId(9), 'PASSIVE', '')).toBe(false)
  })
})

describe('a state in between that nobody ordered', () => {
  it('is reported, and what was really done counts', async () => {
    const world = await participantWorld()
    await world.order(instantiate())
    world.participant.updateElementState(LOOP, elementId(), 'PASSIVE2RUNNING', 'it starts by itself')
    expect(world.participant.elements()).toMatchObject([{ state: 'PASSIVE2RUNNING' }])
    expect(await world.order(changeState('RUNNING'))).toMatchObject([{ state: 'RUNNING', ok: true }])
    world.participant.updateElementState(LOOP, elementId(), 'RUNNING2PASSIVE', 'it stops by itself')
    expect(await world.order(changeState('PASSIVE'))).toMatchObject([{ state: 'PASSIVE', ok: true }])
    expect(world.calls).toEqual(['instantiate 0', 'run 0', 'passivate 0'])
  })
})

describe('a report that the link does not take', () => {
  it('is sent again, in order, and the participant goes on', async () => {
    const world = await participantWorld({ config: { reportRetry: { firstMs: 100, longestMs: 1_000 } } })
    world.hub.rejectReports = 2
    await world.order(instantiate())
    await world.order(changeState('RUNNING'))
    expect(world.hub.reports).toEqual([])
    await world.pass(1_000)
    expect(glance(world.hub.reports)).toEqual(['Loop0:1.0.0 PASSIVE', 'Loop0:1.0.0 RUNNING'])
    expect(world.participant.stats().reports.lost).toBe(0)
  })

  it('is lost in the end if too many wait: the oldest', async () => {
    const world = await participantWorld({
      config: { reportsWaitingMax: 1, reportRetry: { firstMs: 100, longestMs: 100 } },
    })
    world.hub.rejectReports = 1
    await world.order(instantiate())
    await world.order(changeState('RUNNING'))
    await world.pass(300)
    expect(glance(world.hub.reports)).toEqual(['Loop0:1.0.0 RUNNING'])
    expect(world.participant.stats().reports.lost).toBe(1)
  })

  it.each(['handler-failed', 'unreadable', 'unknown-kind', 'invalid-message'] as const)(
    'because of what it is (%s) is lost, and holds up none of the others',
    async (code) => {
      const told: string[] = []
      const hub = localHub({
        onReport: async (report) => {
          if (report.type === 'elements-changed' && report.loop.name === 'Bad') throw new RuntimeFault(code, 'no')
          told.push(...glance([report]))
        },
      })
      const world = await participantWorld({ hub: { ...silent(), ...hub } })
      told.length = 0
      await world.order(instantiate([elementOrder(elementId(1))], { loop: concept('Bad') }))
      await world.order(instantiate([elementOrder(elementId(2))], { loop: concept('Good') }))
      expect(told).toEqual(['Good:1.0.0 PASSIVE'])
      expect(world.participant.stats().reports.lost).toBe(1)
    },
  )

  it('and says so by throwing at once is sent again all the same', async () => {
    let throws = true
    const hub = silent()
    const connect = (identity: typeof IDENTITY) => {
      const link = hub.connect(identity)
      return {
        ...link,
        subscribe: link.subscribe.bind(link),
        close: () => link.close(),
        stats: () => link.stats(),
        send: (report: Report) => {
          if (throws) throw new Error('not now')
          return link.send(report)
        },
      }
    }
    const world = await participantWorld({ hub: { ...hub, connect }, isDefined: false })
    throws = false
    await world.pass(1_000)
    expect(glance(hub.reports)[0]).toBe('register')
  })
})
