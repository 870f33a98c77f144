/**
 * What an entity is to the runtime: a plain object of pure functions.
 *
 * `decide` turns a command into events (or a refusal), `evolve` folds an event into the state, `react` names the
 * effects that follow from an event. All three see only their arguments: state, message and a context whose time, ids
 * and randomness come from the message. So the same input gives the same output, on any node, any number of times.
 */
import type { z } from 'zod'
import type { EntityFields } from './ports.ts'

export type { EntityFields } from './ports.ts'

/** The address of an entity. Its shard is a fixed function of kind and id. */
export interface EntityRef {
  readonly kind: string
  readonly id: string
}

/** Anything that is said to an entity. `type` is its tag. */
export interface Tagged {
  readonly type: string
}

export interface Context {
  readonly self: EntityRef
  /** When the message was sent (or the timer fired), in milliseconds since the epoch. */
  readonly nowMs: number
  /** Names the message for good: the same after each repetition. */
  readonly messageId: string
  /** `kind/id` of the entity that sent it, or another name such as `api` or `timer`. */
  readonly sender: string
  /** The order that all this belongs to, handed on from message to message. Empty if there is none. */
  readonly trace: string
  /**
   * A new UUID, the same when the message is handled again. Its first four hex digits are the placement of `self`
   * (see `placement.ts`), so a kind whose ids are made this way lives in the shard of its maker.
   */
  newId(): string
  /** In [0, 1); the same when the message is handled again. */
  random(): number
}

/** A business refusal: a value, never thrown. */
export interface Rejection {
  /** Machine-readable, kebab-case. */
  readonly code: string
  /** For people: what is wrong and what would be right. */
  readonly reason: string
  /** Anything else that the asker can use, for instance the id of the process that is in the way. */
  readonly details?: Readonly<Record<string, unknown>>
}

export type Decision<Event> =
  | {
      readonly events: readonly Event[]
      /** What the asker gets as `value`. Absent: no reply from here (somebody further on may give it). */
      readonly reply?: unknown
      /** Effects that need no event: passing something on without remembering it. */
      readonly effects?: readonly Effect[]
      readonly reject?: never
    }
  /** The asker gets the refusal. Nothing is stored, unless there is something to remember about it. */
  | { readonly reject: Rejection; readonly events?: readonly Event[]; readonly reply?: never; readonly effects?: never }

export type Effect =
  /** Says something to another entity. Arrives once, in effect, and in order per pair of entities. */
  | {
      readonly type: 'tell'
      readonly to: EntityRef
      readonly message: Tagged
      /** Replaces the trace of the current message. */
      readonly trace?: string
      /** The receiver's reply goes to whoever waits for the reply to the current message. */
      readonly forwardReply?: true
    }
  /**
   * Puts something on a topic for workers or the outside. At least once, in order per key. `record` (the default) is
   * what `published.ts` reads: with an id that repetitions share, and the sender. `json` is for readers that aren't
   * ours: the message alone as JSON text, so it must be JSON and carry a stable id of its own.
   */
  | {
      readonly type: 'publish'
      readonly topic: string
      readonly key: string
      readonly message: unknown
      readonly encoding?: 'record' | 'json'
    }
  /** Sets (or sets again) the timer of this name: the entity gets `message` at `dueMs` or soon after, once. */
  | { readonly type: 'set-timer'; readonly name: string; readonly dueMs: number; readonly message: Tagged }
  | { readonly type: 'cancel-timer'; readonly name: string }
  /** The entity has ended: state, events and timers go when this message's effects are stored. */
  | { readonly type: 'forget' }

export interface EntityLimits {
  /** A snapshot is written after this many events. More: slower recovery; fewer: more bytes per commit. */
  readonly snapshotEveryEvents: number
  /** Older events are trimmed once a snapshot covers them. The entity's history shows no more than this. */
  readonly historyEventsMax: number
}

export const DEFAULT_LIMITS: EntityLimits = { snapshotEveryEvents: 64, historyEventsMax: 1024 }

/** Turns a shape that an older release stored (version `from`) into the one of `version`. */
export type Lift = (stored: unknown, from: number) => unknown

/**
 * How the present version of a kind's stored shapes comes into use while nodes of the release before still run: until
 * the system's protocol is raised to `sinceProtocol` (see `protocol.ts`), it is written in the version before, which both
 * read. Needs `liftEvent` and `liftState`. What the version before can't hold isn't kept: an event is folded as it will be
 * read back. So only what can do without may be new in an event of an old type; an event type that the version before
 * doesn't have can't be lowered, and must not be decided before (throw: the message then becomes a dead letter).
 */
export interface Rollout<State, Event> {
  readonly sinceProtocol: number
  /** The event in the version before. */
  lowerEvent(event: Event): unknown
  /** The state in the version before. */
  lowerState(state: State): unknown
}

/** Something that an entity waits for, for people and machines: `GET …/waiting`. */
export interface Waiting {
  /** What is missing, as a sentence. */
  readonly for: string
  /** Machine-readable: `task`, `driver`, `timer`, `entity`, `dependency`, … */
  readonly kind: string
  /** Who could move it: `kind/id` of an entity, a task id, a request id. */
  readonly on?: string
  readonly sinceMs?: number
  /** What happens by itself, and when, if nothing comes. */
  readonly next?: { readonly what: string; readonly atMs: number }
}

export interface EntityDefinition<State, Command extends Tagged, Event extends Tagged> {
  /** Unique, kebab-case. */
  readonly kind: string
  /** Version of the stored shapes (events and state). Older ones are lifted; newer ones are left to newer nodes. */
  readonly version: number
  readonly command: z.ZodType<Command>
  /** Checks stored events when they are read back. */
  readonly event: z.ZodType<Event>
  /** Checks stored snapshots when they are read back. */
  readonly state: z.ZodType<State>
  readonly liftEvent?: Lift
  readonly liftState?: Lift
  /** Absent: `version` is written from the first node of this release on. */
  readonly rollout?: Rollout<State, Event>
  /** The state of an entity that has had no event. */
  initial(id: string): State
  decide(state: State, command: Command, context: Context): Decision<Event>
  /** Folds; never refuses, never throws, never changes its arguments. */
  evolve(state: State, event: Event): State
  /** Called for each event, after it was folded. */
  react(state: State, event: Event, context: Context): readonly Effect[]
  /** Where the entity lives, 0 to 65535 (see `placement.ts`). Default: a hash of the whole id. */
  placement?(id: string): number
  /** What lists show and find it by; `null`: in no list. Default: in no list. */
  fields?(state: State): EntityFields | null
  waiting?(state: State): readonly Waiting[]
  readonly limits?: Partial<EntityLimits>
}

/** A definition of any entity. The runtime holds many kinds in one map and passes each one only what is its own. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- existential type: State, Command and Event differ per kind
export type AnyEntityDefinition = EntityDefinition<any, any, any>

/** Helper that infers the type parameters. */
export const defineEntity = <State, Command extends Tagged, Event extends Tagged>(
  definition: EntityDefinition<State, Command, Event>,
): EntityDefinition<State, Command, Event> => definition

/** What an asker gets. */
export type Reply<Value = unknown> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly rejection: Rejection }

export const refText = (ref: EntityRef): string => `${ref.kind}/${ref.id}`
