/**
 * What the simulated system does: entities that notice, in their own stored state, when a promise of the runtime was
 * broken. Every event carries the number that it must have in its entity's history, so two lines of history that got
 * mixed are seen wherever they touch.
 */
import { z } from 'zod'
import { type AnyEntityDefinition, type Context, defineEntity, type EntityRef } from '../entity.ts'

export interface Broken {
  readonly broken: string[]
}

/** At most this many are kept per entity: one is enough to fail a run. */
const BROKEN_MAX = 5

const noted = (state: Broken, ...found: readonly (string | false)[]): string[] => {
  const real = found.filter((text) => text !== false)
  return real.length === 0 ? state.broken : [...state.broken, ...real].slice(0, BROKEN_MAX)
}

const broken = z.array(z.string())

// ------------------------------------------------------------- accounts: once, in order, nothing lost, nothing double

const accountState = z.object({
  balance: z.number(),
  /** Operations that were applied here, each once. */
  applied: z.array(z.string()),
  /** Number of credits sent to each other account, and received from each. */
  sent: z.record(z.string(), z.number()),
  received: z.record(z.string(), z.number()),
  events: z.number(),
  broken,
})
export type AccountState = z.infer<typeof accountState>

const accountCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('deposit'), op: z.string(), amount: z.number() }),
  z.object({ type: z.literal('transfer'), op: z.string(), amount: z.number(), to: z.string() }),
  z.object({ type: z.literal('credit'), from: z.string(), nth: z.number(), amount: z.number() }),
])
export type AccountCommand = z.infer<typeof accountCommand>

const accountEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('deposited'), at: z.number(), op: z.string(), amount: z.number() }),
  z.object({
    type: z.literal('transferred'),
    at: z.number(),
    op: z.string(),
    amount: z.number(),
    to: z.string(),
    nth: z.number(),
  }),
  z.object({
    type: z.literal('credited'),
    at: z.number(),
    from: z.string(),
    nth: z.number(),
    amount: z.number(),
  }),
])
type AccountEvent = z.infer<typeof accountEvent>

export const account = (id: string): EntityRef => ({ kind: 'account', id })

const accountDefinition = defineEntity<AccountState, AccountCommand, AccountEvent>({
  kind: 'account',
  version: 1,
  command: accountCommand,
  event: accountEvent,
  state: accountState,
  initial: () => ({ balance: 0, applied: [], sent: {}, received: {}, events: 0, broken: [] }),
  decide: (state, command) => {
    const at = state.events + 1
    switch (command.type) {
      case 'deposit':
        return { events: [{ ...command, type: 'deposited', at }], reply: command.op }
      case 'transfer':
        return {
          events: [{ ...command, type: 'transferred', at, nth: (state.sent[command.to] ?? 0) + 1 }],
          reply: command.op,
        }
      case 'credit':
        return { events: [{ ...command, type: 'credited', at }] }
    }
  },
  evolve: (state, event) => {
    const events = state.events + 1
    const torn = event.at !== events && `event ${events} says that it is number ${event.at}`
    switch (event.type) {
      case 'deposited':
        return {
          ...state,
          events,
          balance: state.balance + event.amount,
          applied: [...state.applied, event.op],
          broken: noted(state, torn, state.applied.includes(event.op) && `${event.op} was applied twice`),
        }
      case 'transferred':
        return {
          ...state,
          events,
          balance: state.balance - event.amount,
          applied: [...state.applied, event.op],
          sent: { ...state.sent, [event.to]: event.nth },
          broken: noted(state, torn, state.applied.includes(event.op) && `${event.op} was applied twice`),
        }
      case 'credited': {
        const expected = (state.received[event.from] ?? 0) + 1
        return {
          ...state,
          events,
          balance: state.balance + event.amount,
          received: { ...state.received, [event.from]: event.nth },
          broken: noted(
            state,
            torn,
            event.nth !== expected && `credit ${event.nth} of ${event.from} came where ${expected} was due`,
          ),
        }
      }
    }
  },
  react: (_state, event, context) => {
    switch (event.type) {
      case 'transferred':
        return [
          {
            type: 'tell',
            to: account(event.to),
            message: { type: 'credit', from: context.self.id, nth: event.nth, amount: event.amount } as AccountCommand,
          },
        ]
      case 'deposited':
      case 'credited':
        return []
    }
  },
  limits: { snapshotEveryEvents: 4, historyEventsMax: 1_000 },
})

// -------------------------------------------------------------------------- alarms: each ringing is of what is armed

const alarmState = z.object({
  armed: z.string().nullable(),
  /** Operations that were applied, with what became of each arming. */
  applied: z.array(z.string()),
  rung: z.array(z.string()),
  events: z.number(),
  broken,
})
export type AlarmState = z.infer<typeof alarmState>

const alarmCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('arm'), op: z.string(), delayMs: z.number() }),
  z.object({ type: z.literal('disarm'), op: z.string() }),
  z.object({ type: z.literal('ring'), op: z.string() }),
])
export type AlarmCommand = z.infer<typeof alarmCommand>

const alarmEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('armed'), at: z.number(), op: z.string(), dueMs: z.number() }),
  z.object({ type: z.literal('disarmed'), at: z.number(), op: z.string() }),
  z.object({ type: z.literal('rang'), at: z.number(), op: z.string() }),
])
type AlarmEvent = z.infer<typeof alarmEvent>

const alarmDefinition = defineEntity<AlarmState, AlarmCommand, AlarmEvent>({
  kind: 'alarm-clock',
  version: 1,
  command: alarmCommand,
  event: alarmEvent,
  state: alarmState,
  initial: () => ({ armed: null, applied: [], rung: [], events: 0, broken: [] }),
  decide: (state, command, context) => {
    const at = state.events + 1
    switch (command.type) {
      case 'arm':
        return {
          events: [{ type: 'armed', at, op: command.op, dueMs: context.nowMs + command.delayMs }],
          reply: command.op,
        }
      case 'disarm':
        return { events: [{ type: 'disarmed', at, op: command.op }], reply: command.op }
      case 'ring':
        return { events: [{ type: 'rang', at, op: command.op }] }
    }
  },
  evolve: (state, event) => {
    const events = state.events + 1
    const torn = event.at !== events && `event ${events} says that it is number ${event.at}`
    const twice = state.applied.includes(event.op) && `${event.op} was applied twice`
    switch (event.type) {
      case 'armed':
        return {
          ...state,
          events,
          armed: event.op,
          applied: [...state.applied, event.op],
          broken: noted(state, torn, twice),
        }
      case 'disarmed':
        return {
          ...state,
          events,
          armed: null,
          applied: [...state.applied, event.op],
          broken: noted(state, torn, twice),
        }
      case 'rang':
        return {
          ...state,
          events,
          armed: null,
          rung: [...state.rung, event.op],
          broken: noted(state, torn, state.armed !== event.op && `${event.op} rang while ${state.armed} was armed`),
        }
    }
  },
  react: (_state, event) => {
    switch (event.type) {
      case 'armed':
        return [
          {
            type: 'set-timer',
            name: 'alarm',
            dueMs: event.dueMs,
            message: { type: 'ring', op: event.op } as AlarmCommand,
          },
        ]
      case 'disarmed':
        return [{ type: 'cancel-timer', name: 'alarm' }]
      case 'rang':
        return []
    }
  },
})

// ------------------------------------------------------- dice: decisions that would come out differently another time

const diceState = z.object({
  rolls: z.record(z.string(), z.number()),
  /** Follows from all rolls so far; each event names the one that it was decided on. */
  chain: z.number(),
  events: z.number(),
  broken,
})
export type DiceState = z.infer<typeof diceState>

const diceCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('roll'), op: z.string() }),
  /** What another dice rolled. */
  z.object({ type: z.literal('note'), op: z.string(), value: z.number() }),
])
export type DiceCommand = z.infer<typeof diceCommand>

const diceEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('rolled'), on: z.number(), op: z.string(), value: z.number() }),
  z.object({ type: z.literal('noted'), on: z.number(), op: z.string(), value: z.number() }),
])
type DiceEvent = z.infer<typeof diceEvent>

/** The one that is told what `id` rolls; it lives elsewhere. */
export const witnessOf = (id: string): string => `witness-of-${id}`

/** `undetermined`: what no context gives, so that a second handling of a message decides differently. */
const diceDefinition = (undetermined: () => number) =>
  defineEntity<DiceState, DiceCommand, DiceEvent>({
    kind: 'dice',
    version: 1,
    command: diceCommand,
    event: diceEvent,
    state: diceState,
    initial: () => ({ rolls: {}, chain: 0, events: 0, broken: [] }),
    decide: (state, command) => {
      switch (command.type) {
        case 'roll': {
          const value = Math.floor(undetermined() * 1e9)
          return { events: [{ type: 'rolled', on: state.chain, op: command.op, value }], reply: value }
        }
        case 'note':
          return { events: [{ type: 'noted', on: state.chain, op: command.op, value: command.value }] }
      }
    },
    evolve: (state, event) => ({
      rolls: { ...state.rolls, [event.op]: event.value },
      chain: (Math.imul(state.chain, 31) + event.value + 7) | 0,
      events: state.events + 1,
      broken: noted(
        state,
        event.on !== state.chain && `${event.op} was decided on another history than the one that it stands in`,
        event.op in state.rolls && `${event.op} was applied twice`,
      ),
    }),
    react: (_state, event, context: Context) => {
      switch (event.type) {
        case 'rolled':
          return [
            {
              type: 'tell',
              to: { kind: 'dice', id: witnessOf(context.self.id) },
              message: { type: 'note', op: event.op, value: event.value } as DiceCommand,
            },
          ]
        case 'noted':
          return []
      }
    },
    limits: { snapshotEveryEvents: 3, historyEventsMax: 1_000 },
  })

export const workloadDefinitions = (undetermined: () => number): readonly AnyEntityDefinition[] => [
  accountDefinition,
  alarmDefinition,
  diceDefinition(undetermined),
]
