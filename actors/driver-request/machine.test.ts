import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AcceptedMessage, Completion, DriverReport } from '../../drivers/protocol.ts'
import { contextOf } from '../../runtime/context.ts'
import type { Effect } from '../../runtime/entity.ts'
import { driverRequestEntity } from './entity.ts'
import type { DriverRequestCommand, DriverRequestEvent, DriverRequestState } from './protocol.ts'
import { UNMATCHED_COMPLETIONS } from './unmatched.ts'

const ID = '1c7ad5e2-6f0c-4d1b-9a55-0a1f2b3c4d5e'
const TIMES = { unclaimedKeptMs: 1_000, keptAfterDeadlineMs: 500 }
const definition = driverRequestEntity(TIMES)

interface Told {
  readonly resourceId: string
  readonly report: DriverReport
  readonly trace: string | undefined
}

/** One driver request that is told things, one after the other, with all that follows. */
const life = () => {
  let state: DriverRequestState = definition.initial(ID)
  const events: DriverRequestEvent[] = []
  const effects: Effect[] = []
  let said = 0
  const self = { kind: definition.kind, id: ID }

  const say = (command: DriverRequestCommand, atMs: number, trace = 'order-1'): readonly Effect[] => {
    const body = definition.command.parse(command)
    const context = contextOf(
      { to: self, origin: 'test', position: [said++, 0], atMs, sender: 't', trace, body },
      self,
      0,
    )
    const decision = definition.decide(state, body, context)
    if (decision.reject) throw new Error(decision.reject.reason)
    const following: Effect[] = [...(decision.effects ?? [])]
    for (const event of decision.events) {
      state = definition.evolve(state, definition.event.parse(event))
      events.push(event)
      following.push(...definition.react(state, event, context))
    }
    effects.push(...following)
    return following
  }

  const told = (): Told[] =>
    effects.flatMap((effect) =>
      effect.type === 'tell' && effect.message.type === 'driver-reported'
        ? [
            {
              resourceId: effect.to.id,
              report: (effect.message as unknown as { report: DriverReport }).report,
              trace: effect.trace,
            },
          ]
        : [],
    )
  return {
    say,
    told,
    events,
    effects,
    get state() {
      return state
    },
    dueMs: () => effects.flatMap((effect) => (effect.type === 'set-timer' ? [effect.dueMs] : [])).at(-1),
  }
}

const accepted = (given: Partial<AcceptedMessage> = {}): AcceptedMessage => ({
  type: 'accepted',
  requestId: 'ours-1',
  resourceId: 'resource-1',
  deadlineMs: 10_000,
  associatedTopology: {},
  ...given,
})
const completion = (status: Completion['status'], given: Partial<Completion> = {}): DriverRequestCommand => ({
  type: 'completion',
  completion: { status, outputs: {}, associatedTopology: {}, ...given },
})
const COMPLETE = completion('COMPLETE', { outputs: { ip: '10.0.0.1' } })

describe('a driver request', () => {
  test.each([
    ['after', [accepted(), COMPLETE]],
    ['before', [COMPLETE, accepted()]],
  ])('tells the resource when the event comes %s the answer', (_when, commands) => {
    const request = life()
    for (const command of commands) request.say(command, 100)
    expect(request.told()).toEqual([
      {
        resourceId: 'resource-1',
        report: {
          requestId: 'ours-1',
          resourceId: 'resource-1',
          status: 'COMPLETE',
          outputs: { ip: '10.0.0.1' },
          associatedTopology: {},
        },
        trace: 'order-1',
      },
    ])
  })

  test('names the order even where the event comes later, and from somebody who knows of none', () => {
    const request = life()
    request.say(accepted(), 0, 'order-9')
    request.say(completion('FAILED', { failure: { code: 'UNKNOWN', description: 'boom' } }), 50, '')
    expect(request.told()[0]).toMatchObject({ trace: 'order-9', report: { failure: { description: 'boom' } } })
  })

  test('tells progress in the order in which it came, ahead of the outcome, and goes on after it', () => {
    const request = life()
    request.say(completion('IN_PROGRESS', { outputs: { step: '1' } }), 0)
    request.say(completion('IN_PROGRESS', { outputs: { step: '2' } }), 1)
    request.say(accepted({ associatedTopology: { Stack: { id: 's' } } }), 2)
    request.say(completion('IN_PROGRESS', { outputs: { step: '3' } }), 3)
    request.say(COMPLETE, 4)
    expect(
      request.told().map(({ report }) => [report.status, report.outputs['step'], report.associatedTopology]),
    ).toEqual([
      ['IN_PROGRESS', undefined, { Stack: { id: 's' } }],
      ['IN_PROGRESS', '1', {}],
      ['IN_PROGRESS', '2', {}],
      ['IN_PROGRESS', '3', {}],
      ['COMPLETE', undefined, {}],
    ])
  })

  test('drops a repeated event, and tells the outcome again to whoever asks again', () => {
    const request = life()
    request.say(accepted(), 0)
    request.say(COMPLETE, 1)
    request.say(COMPLETE, 2)
    request.say(completion('FAILED'), 3)
    expect(request.told()).toHaveLength(1)
    request.say(accepted({ deadlineMs: 20_000 }), 4)
    expect(request.told()).toHaveLength(2)
    expect(request.told()[1]).toEqual(request.told()[0])
    expect(request.dueMs()).toBe(20_500)
  })

  test('gives the id to the newer call if a driver uses it twice, and tells it nothing of the older one', () => {
    const request = life()
    request.say(accepted(), 0)
    request.say(COMPLETE, 1)
    request.say(accepted({ requestId: 'ours-2', resourceId: 'resource-2' }), 2)
    expect(request.told().map(({ resourceId }) => resourceId)).toEqual(['resource-1'])
    request.say(completion('FAILED'), 3)
    expect(request.told()[1]).toMatchObject({
      resourceId: 'resource-2',
      report: { requestId: 'ours-2', status: 'FAILED' },
    })
  })

  test('forgets an event that nobody claims after its time, and has it counted', () => {
    const request = life()
    request.say(COMPLETE, 100)
    expect(request.dueMs()).toBe(1_100)
    expect(request.say({ type: 'expire' }, 1_099)).toEqual([])
    expect(request.say({ type: 'expire' }, 1_100)).toEqual([
      {
        type: 'tell',
        to: { kind: UNMATCHED_COMPLETIONS, id: 'all' },
        message: { type: 'note', requestId: ID, status: 'COMPLETE', heardAtMs: 100, atMs: 1_100 },
      },
      { type: 'forget' },
    ])
  })

  test('lives until its deadline and a margin, longer with progress, and leaves without a trace', () => {
    const request = life()
    request.say(accepted(), 0)
    expect(request.dueMs()).toBe(10_500)
    request.say(completion('IN_PROGRESS'), 8_000)
    expect(request.dueMs()).toBe(18_500)
    expect(request.say({ type: 'expire' }, 10_500)).toEqual([])
    expect(request.say({ type: 'expire' }, 18_500)).toEqual([{ type: 'forget' }])
  })

  test('keeps no more than a bounded number of events that nobody claims', () => {
    const request = life()
    for (let step = 0; step < 100; step++)
      request.say(completion('IN_PROGRESS', { outputs: { step: `${step}` } }), step)
    request.say(COMPLETE, 100)
    request.say(accepted(), 101)
    expect(request.told()).toHaveLength(16)
    expect(request.told().at(-1)?.report.status).toBe('COMPLETE')
  })

  test('tells the one outcome, to the one who asked, in whatever order and however often things come', () => {
    const step = fc.oneof(
      fc.constant(accepted()),
      fc.integer({ min: 1, max: 3 }).map((n) => accepted({ deadlineMs: 10_000 + n })),
      fc.nat(3).map((n) => completion('IN_PROGRESS', { outputs: { step: `${n}` } })),
      fc.constantFrom(COMPLETE, completion('FAILED', { failure: { code: 'UNKNOWN', description: 'boom' } })),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const request = life()
        let isClaimed = false
        let outcome: Completion | undefined
        for (const [index, command] of steps.entries()) {
          const before = request.told().length
          request.say(command, index)
          const now = request.told().slice(before)
          if (command.type === 'accepted') {
            isClaimed = true
            if (outcome) expect(now.at(-1)?.report).toMatchObject(outcome)
          } else if (command.type === 'completion') {
            const isNews = outcome === undefined
            if (command.completion.status !== 'IN_PROGRESS') outcome ??= command.completion
            expect(now.map(({ report }) => report)).toEqual(
              isClaimed && isNews ? [{ ...command.completion, requestId: 'ours-1', resourceId: 'resource-1' }] : [],
            )
          }
          if (!isClaimed) expect(request.told()).toEqual([])
        }
        const outcomes = request.told().filter(({ report }) => report.status !== 'IN_PROGRESS')
        expect(outcomes.length > 0).toBe(isClaimed && outcome !== undefined)
        for (const { report } of outcomes) expect(report.status).toBe(outcome?.status)
        // What is stored leads to the same place, and everything ends.
        const folded = request.events.reduce((state, event) => definition.evolve(state, event), definition.initial(ID))
        expect(folded).toEqual(request.state)
        const end = request.say({ type: 'expire' }, request.dueMs() ?? 0)
        expect(end.at(-1)).toEqual({ type: 'forget' })
        expect(end.length).toBe(steps.length > 0 && !isClaimed ? 2 : 1)
      }),
      { numRuns: 300 },
    )
  })
})
