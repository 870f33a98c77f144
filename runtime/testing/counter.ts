/** A small entity for tests and benches: a durable counter that can pass amounts on and set timers. */
import { z } from 'zod'
import { defineEntity } from '../entity.ts'

const command = z.discriminatedUnion('type', [
  z.object({ type: z.literal('add'), amount: z.number() }),
  /** Moves an amount to another counter. */
  z.object({ type: z.literal('move'), amount: z.number(), to: z.string() }),
  z.object({ type: z.literal('add-later'), amount: z.number(), delayMs: z.number() }),
  z.object({ type: z.literal('cancel-later') }),
  /** Hands the question on: the other one replies. */
  z.object({ type: z.literal('ask-other'), other: z.string() }),
  z.object({ type: z.literal('read') }),
  z.object({ type: z.literal('fail') }),
  z.object({ type: z.literal('forget') }),
])
const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('added'), amount: z.number() }),
  z.object({ type: z.literal('moved'), amount: z.number(), to: z.string() }),
  z.object({ type: z.literal('scheduled'), amount: z.number(), dueMs: z.number() }),
  z.object({ type: z.literal('cancelled') }),
  z.object({ type: z.literal('ended') }),
])
const state = z.object({ value: z.number(), changes: z.number() })

export type CounterCommand = z.infer<typeof command>
type CounterEvent = z.infer<typeof event>
export type CounterState = z.infer<typeof state>

/** `listed`: lists show it by its value; each change then writes an index entry, too. */
export const counterOf = (kind: string, { listed = true }: { readonly listed?: boolean } = {}) =>
  defineEntity<CounterState, CounterCommand, CounterEvent>({
    kind,
    version: 1,
    command,
    event,
    state,
    initial: () => ({ value: 0, changes: 0 }),
    decide: (current, said, context) => {
      switch (said.type) {
        case 'add':
          if (current.value + said.amount < 0)
            return { reject: { code: 'negative', reason: `${current.value} is less than ${-said.amount}` } }
          return { events: [{ type: 'added', amount: said.amount }], reply: current.value + said.amount }
        case 'move':
          return { events: [{ type: 'moved', amount: said.amount, to: said.to }], reply: current.value - said.amount }
        case 'add-later':
          return { events: [{ type: 'scheduled', amount: said.amount, dueMs: context.nowMs + said.delayMs }] }
        case 'cancel-later':
          return { events: [{ type: 'cancelled' }] }
        case 'ask-other':
          return {
            events: [],
            effects: [{ type: 'tell', to: { kind, id: said.other }, message: { type: 'read' }, forwardReply: true }],
          }
        case 'read':
          return { events: [], reply: current.value }
        case 'fail':
          throw new Error('asked to fail')
        case 'forget':
          return { events: [{ type: 'ended' }] }
      }
    },
    evolve: (current, happened) => {
      const changes = current.changes + 1
      switch (happened.type) {
        case 'added':
          return { value: current.value + happened.amount, changes }
        case 'moved':
          return { value: current.value - happened.amount, changes }
        case 'scheduled':
        case 'cancelled':
        case 'ended':
          return { value: current.value, changes }
      }
    },
    react: (_current, happened) => {
      switch (happened.type) {
        case 'added':
          return []
        case 'moved':
          return [{ type: 'tell', to: { kind, id: happened.to }, message: { type: 'add', amount: happened.amount } }]
        case 'scheduled':
          return [
            {
              type: 'set-timer',
              name: 'later',
              dueMs: happened.dueMs,
              message: { type: 'add', amount: happened.amount },
            },
          ]
        case 'cancelled':
          return [{ type: 'cancel-timer', name: 'later' }]
        case 'ended':
          return [{ type: 'forget' }]
      }
    },
    ...(listed ? { fields: (current) => ({ value: String(current.value).padStart(12, '0') }) } : {}),
    limits: { snapshotEveryEvents: 8, historyEventsMax: 64 },
  })
