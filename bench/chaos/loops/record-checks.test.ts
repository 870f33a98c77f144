import { expect, test } from 'vitest'
import type { OrderedState } from '../../../participants/protocol/states.ts'
import type { Cause } from './loop-history.ts'
import type { RecordEntry } from './participant-record.ts'
import { checkRecord } from './record-checks.ts'

const LOOP = 'loop:1.0.0'
const atMs = 1_000
const started: RecordEntry = { what: 'started', atMs }
const heard = (messageId: string, orderedState: OrderedState): RecordEntry => ({
  what: 'heard',
  atMs,
  messageId,
  sentAtMs: atMs,
  loop: LOOP,
  orderedState,
  elementIds: ['e'],
})
const did = (
  operation: 'instantiate' | 'run' | 'passivate' | 'uninstantiate',
  from: OrderedState,
  to: OrderedState,
  begun: number,
): RecordEntry => ({ what: 'did', atMs, loop: LOOP, elementId: 'e', operation, from, to, begun })
const instantiated = did('instantiate', 'UNINITIALISED', 'PASSIVE', 2)

/** Messages that the loop has sent, with what was ordered of it then. */
const check = (
  processes: readonly (readonly RecordEntry[])[],
  sent: Readonly<Record<string, OrderedState>>,
  isMaybeLost = false,
) =>
  checkRecord({
    participant: 'p',
    processes,
    causeOf: (_loop, messageId): Cause | undefined => {
      const orderedState = sent[messageId]
      return orderedState && { orderedState, key: `key of ${messageId}`, to: orderedState, elementIds: ['e'] }
    },
    isMaybeLost: () => isMaybeLost,
  })

test('what was ordered and done is fine, and says where elements are', () => {
  const up = [
    started,
    heard('m1', 'PASSIVE'),
    instantiated,
    heard('m2', 'RUNNING'),
    did('run', 'PASSIVE', 'RUNNING', 4),
  ]
  const verdict = check([up], { m1: 'RUNNING', m2: 'RUNNING' })
  expect(verdict.violations).toEqual([])
  expect([...verdict.states]).toEqual([['e', 'RUNNING']])
  expect(verdict.operations).toBe(2)
})

test('a process that starts has nothing, and its element is where its predecessor had left it for nobody', () => {
  const first = [started, heard('m1', 'PASSIVE'), instantiated]
  expect([...check([first, [started]], { m1: 'PASSIVE' }).states]).toEqual([])
  const second = [started, heard('m2', 'RUNNING'), did('run', 'UNINITIALISED', 'RUNNING', 2)]
  expect(check([first, second], { m1: 'PASSIVE', m2: 'RUNNING' }).violations).toEqual([])
  const remembers = [started, heard('m2', 'RUNNING'), did('run', 'PASSIVE', 'RUNNING', 2)]
  expect(check([first, remembers], { m1: 'PASSIVE', m2: 'RUNNING' }).violations).toEqual([
    'p did run of e (loop:1.0.0) from PASSIVE, where it was not',
  ])
})

test('what nobody had ordered shows, and what was ordered by a message that no loop has sent', () => {
  expect(check([[started, did('instantiate', 'UNINITIALISED', 'PASSIVE', 1)]], {}).violations[0]).toContain(
    'which nobody had ordered',
  )
  // Heard only after it was begun.
  const late = [started, heard('m1', 'PASSIVE'), did('instantiate', 'UNINITIALISED', 'PASSIVE', 1)]
  expect(check([late], { m1: 'PASSIVE' }).violations[0]).toContain('which nobody had ordered')
  const unknown = [started, heard('m1', 'PASSIVE'), instantiated]
  expect(check([unknown], {}).violations[0]).toContain("which the loop doesn't know that it sent")
  expect(check([unknown], {}, true).violations).toEqual([])
})

test('what goes against the order of that time shows, and what is begun after a newer one', () => {
  const wrong = [started, heard('m1', 'PASSIVE'), instantiated]
  expect(check([wrong], { m1: 'UNINITIALISED' }).violations[0]).toContain('against order key of m1 to UNINITIALISED')
  const overtaken = [started, heard('m1', 'PASSIVE'), heard('m2', 'UNINITIALISED')]
  const sent = { m1: 'PASSIVE', m2: 'UNINITIALISED' } as const
  const begunAfter = did('instantiate', 'UNINITIALISED', 'PASSIVE', 3)
  expect(check([[...overtaken, begunAfter]], sent).violations[0]).toContain('begun after m2')
  expect(check([[...overtaken, instantiated]], sent).violations).toEqual([])
})
