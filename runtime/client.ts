/**
 * What the edges (gateway, driver workers, participants) see of the runtime: they say things to entities and read what
 * is stored. `node.ts` implements both over the ports.
 */
import type { AnyEntityDefinition, EntityRef, Reply, Tagged, Waiting } from './entity.ts'
import type { DeadLetterRow, EntityFields, ListQuery, ListRow, StoreCounts } from './ports.ts'

export interface SendOptions {
  /** Who says it, for the history: `api`, `driver-worker`, `heal-policy/…`. */
  readonly sender: string
  /** The order that it belongs to; empty if none. */
  readonly trace?: string
}

export interface AskOptions extends SendOptions {
  /** How long to wait for the reply. */
  readonly deadlineMs: number
}

export interface RuntimeClient {
  /**
   * Says something and waits for the answer.
   * @throws {RuntimeFault} `deadline-exceeded` (whether it was or will be handled is unknown), `overloaded` (it wasn't
   * sent; try later), `closed`, or the fault that sent it to the dead letters (`invalid-message`, `handler-failed`, …)
   */
  ask<Value>(to: EntityRef, message: Tagged, options: AskOptions): Promise<Reply<Value>>

  /** Says something. Resolves when it is durable: it will be handled once, in effect. */
  tell(to: EntityRef, message: Tagged, options: SendOptions): Promise<void>
}

/** An event of an entity's history, with its cause. */
export interface HistoryEvent {
  /** Number of the event, from 1. */
  readonly version: number
  readonly atMs: number
  readonly event: Tagged
  readonly cause: { readonly messageId: string; readonly sender: string; readonly trace: string }
}

export interface EntityView<State> {
  readonly state: State
  readonly version: number
  /** Durable timers that are set: what happens by itself, and when. */
  readonly timers: readonly { readonly name: string; readonly dueMs: number }[]
}

/** Reads of what is stored. None waits for the owner of an entity. */
export interface Queries {
  /** The kinds that run here. */
  readonly kinds: ReadonlyMap<string, AnyEntityDefinition>
  entity<State>(ref: EntityRef): Promise<EntityView<State> | undefined>
  entities<State>(refs: readonly EntityRef[]): Promise<readonly (EntityView<State> | undefined)[]>
  /** What lists show of them, without the work of folding their events. `undefined`: not there; `null`: in no list. */
  fields(refs: readonly EntityRef[]): Promise<readonly (EntityFields | null | undefined)[]>
  list(query: ListQuery): Promise<readonly ListRow[]>
  /** Newest first. `before`: only events with a smaller number. */
  history(ref: EntityRef, page: { readonly before?: number; readonly limit: number }): Promise<readonly HistoryEvent[]>
  /** What an entity waits for, by its definition's `waiting` and its timers; undefined if it isn't there. */
  waiting(ref: EntityRef): Promise<readonly Waiting[] | undefined>
  deadLetters(query: { readonly shard?: number; readonly limit: number }): Promise<readonly DeadLetterRow[]>
  deadLetter(id: string): Promise<DeadLetterView | undefined>
  counts(): Promise<StoreCounts>
}

export interface DeadLetterView extends DeadLetterRow {
  /** The message, decoded as far as it can be. */
  readonly message?: unknown
  readonly sender?: string
  readonly trace?: string
}

/** What is done with a dead letter; both answer false if it isn't there (any more). */
export interface DeadLetterOffice {
  /** Handles the message again, once, and forgets the dead letter in the same commit (a new failure makes a new one). */
  replay(id: string): Promise<boolean>
  discard(id: string): Promise<boolean>
}
