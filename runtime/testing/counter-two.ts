/**
 * The counter of the release after: its events say who added, in other words than before, and its state remembers it.
 * Until the protocol is raised to 2 it is stored as the release before stores it.
 */
import { z } from 'zod'
import { defineEntity } from '../entity.ts'
import { type CounterCommand, counterOf, type CounterState } from './counter.ts'

const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('added'), delta: z.number(), by: z.string() }),
  z.object({ type: z.literal('moved'), delta: z.number(), to: z.string() }),
])
const state = z.object({ total: z.number(), changes: z.number(), lastBy: z.string() })
type CounterTwoEvent = z.infer<typeof event>
export type CounterTwoState = z.infer<typeof state>

interface OldEvent {
  readonly type: 'added' | 'moved'
  readonly amount: number
  readonly to?: string
}

/** Knows `add`, `move` and `read`. */
export const counterTwoOf = (kind: string) =>
  defineEntity<CounterTwoState, CounterCommand, CounterTwoEvent>({
    kind,
    version: 2,
    command: counterOf(kind).command,
    event,
    state,
    liftEvent: (stored) => {
      const { type, amount, to } = stored as OldEvent
      return type === 'added' ? { type, delta: amount, by: '' } : { type, delta: amount, to }
    },
    liftState: (stored) => {
      const { value, changes } = stored as CounterState
      return { total: value, changes, lastBy: '' }
    },
    rollout: {
      sinceProtocol: 2,
      lowerEvent: ({ delta, ...happened }) =>
        happened.type === 'added' ? { type: happened.type, amount: delta } : { ...happened, amount: delta },
      lowerState: ({ total, changes }) => ({ value: total, changes }),
    },
    initial: () => ({ total: 0, changes: 0, lastBy: '' }),
    decide: (current, said, context) => {
      switch (said.type) {
        case 'add':
          return {
            events: [{ type: 'added', delta: said.amount, by: context.sender }],
            reply: current.total + said.amount,
          }
        case 'move':
          return { events: [{ type: 'moved', delta: said.amount, to: said.to }], reply: current.total - said.amount }
        case 'read':
          return { events: [], reply: current.total }
        case 'add-later':
        case 'cancel-later':
        case 'ask-other':
        case 'fail':
        case 'forget':
          return { reject: { code: 'unknown', reason: `${said.type} is not for this counter` } }
      }
    },
    evolve: (current, happened) => {
      const changes = current.changes + 1
      return happened.type === 'added'
        ? { total: current.total + happened.delta, changes, lastBy: happened.by }
        : { total: current.total - happened.delta, changes, lastBy: current.lastBy }
    },
    react: (_current, happened) =>
      happened.type === 'moved'
        ? [{ type: 'tell', to: { kind, id: happened.to }, message: { type: 'add', amount: happened.delta } }]
        : [],
    limits: { snapshotEveryEvents: 8, historyEventsMax: 64 },
  })
