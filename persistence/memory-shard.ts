/**
 * One shard of the memory store: its rows, and a commit applied to them. Every change leaves its inverse in `undo`, so
 * that a simulated store can lose its last commits.
 */
import type {
  DeadLetterRow,
  EntityFields,
  EntityWrite,
  Mark,
  OutboxRow,
  Position,
  ShardCommit,
  StoredEntity,
  TimerRow,
} from '../runtime/ports.ts'

/** Replaced as a whole by each write; only the events' array is shared, and only ever grows between truncations. */
export interface MemoryEntity {
  readonly kind: string
  readonly id: string
  readonly version: number
  readonly snapshot: { readonly version: number; readonly value: Uint8Array } | undefined
  /** `events[0]` is number `eventsFrom`; the array may hold more than `version` calls for (after an undo). */
  readonly eventsFrom: number
  readonly events: Uint8Array[]
  readonly fields: EntityFields | null
}

export type Undo = (() => void)[]

export const entityKey = (kind: string, id: string): string => `${kind}\0${id}`

export const comparePositions = (a: Position, b: Position): number => a[0] - b[0] || a[1] - b[1]

const put = <K, V>(map: Map<K, V>, key: K, value: V | undefined, undo: Undo | undefined): void => {
  if (undo !== undefined) {
    const before = map.get(key)
    undo.push(() => (before === undefined ? void map.delete(key) : void map.set(key, before)))
  }
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}

const START: Position = [-1, -1]

export class MemoryShard {
  token = ''
  owner = ''
  epoch = 0
  nextOffset = 0
  published: Position = START
  sentToSelf: Position = START
  readonly marks = new Map<string, Mark>()
  readonly entities = new Map<string, MemoryEntity>()
  /** By entity key, then by name. Each inner map is replaced when it changes. */
  readonly timers = new Map<string, ReadonlyMap<string, TimerRow>>()
  outbox: readonly OutboxRow[] = []
  readonly deadLetters = new Map<string, DeadLetterRow>()
  /** No timer is due before this; so most searches for due timers end here. */
  #earliestMs = Infinity

  /** Applies a commit whose token and offset have been checked. It can't fail half-way. */
  apply(commit: ShardCommit, undo: Undo | undefined): void {
    this.#header(commit, undo)
    for (const write of commit.entities) this.#write(write, undo)
    for (const { kind, id, name } of commit.cancelTimers) this.#timer(entityKey(kind, id), name, undefined, undo)
    for (const row of commit.setTimers) this.#timer(entityKey(row.kind, row.id), row.name, row, undo)
    for (const origin of commit.forgetMarks) put(this.marks, origin, undefined, undo)
    for (const { origin, mark } of commit.marks) put(this.marks, origin, mark, undo)
    for (const id of commit.forgetDeadLetters) put(this.deadLetters, id, undefined, undo)
    for (const row of commit.deadLetters) put(this.deadLetters, row.id, row, undo)
  }

  load(key: string): StoredEntity | undefined {
    const entity = this.entities.get(key)
    const timers = [...(this.timers.get(key)?.values() ?? [])]
    if (entity === undefined) {
      const [first] = timers
      return first && { kind: first.kind, id: first.id, version: 0, events: [], timers, fields: null }
    }
    const { kind, id, version, snapshot, eventsFrom, events, fields } = entity
    const from = snapshot === undefined ? 0 : Math.max(0, snapshot.version + 1 - eventsFrom)
    return {
      kind,
      id,
      version,
      ...(snapshot && { snapshot }),
      events: events.slice(from, version + 1 - eventsFrom),
      timers,
      fields,
    }
  }

  due(dueBeforeMs: number, limit: number): TimerRow[] {
    if (dueBeforeMs <= this.#earliestMs) return []
    const rows: TimerRow[] = []
    this.#earliestMs = Infinity
    for (const timers of this.timers.values())
      for (const row of timers.values()) {
        this.#earliestMs = Math.min(this.#earliestMs, row.dueMs)
        if (row.dueMs < dueBeforeMs) rows.push(row)
      }
    return rows.sort((a, b) => a.dueMs - b.dueMs).slice(0, limit)
  }

  #header(commit: ShardCommit, undo: Undo | undefined): void {
    const { nextOffset, published, sentToSelf, outbox } = this
    undo?.push(() => Object.assign(this, { nextOffset, published, sentToSelf, outbox }))
    this.nextOffset = commit.nextOffset
    if (commit.sentToSelf !== undefined) this.sentToSelf = commit.sentToSelf
    if (commit.outbox.length > 0) this.outbox = [...outbox, ...commit.outbox]
    const cursor = commit.published
    if (cursor === undefined || comparePositions(cursor, published) <= 0) return
    this.published = cursor
    this.outbox = this.outbox.filter((row) => comparePositions(row.position, cursor) > 0)
  }

  #write(write: EntityWrite, undo: Undo | undefined): void {
    const key = entityKey(write.kind, write.id)
    if (write.forget === true) {
      put(this.entities, key, undefined, undo)
      if (this.timers.has(key)) put(this.timers, key, undefined, undo)
      return
    }
    const before = this.entities.get(key)
    const { kind, id, version } = write
    let events = before?.events ?? []
    let eventsFrom = before?.eventsFrom ?? 1
    const firstNew = version - write.events.length + 1
    // Where the numbers don't continue what is there (a guard of the simulator is off), the newest writer is right,
    // as it is with rows that are keyed by number.
    if (firstNew < eventsFrom || firstNew > eventsFrom + events.length) [events, eventsFrom] = [[], firstNew]
    else if (undo !== undefined && firstNew < eventsFrom + events.length)
      events = events.slice(0, firstNew - eventsFrom)
    else events.length = firstNew - eventsFrom
    const length = events.length
    if (undo !== undefined && events === before?.events) undo.push(() => (events.length = length))
    for (const event of write.events) events.push(event)
    const trimmed = (write.trimEventsTo ?? 0) + 1 - eventsFrom
    if (trimmed > 0) {
      events = events.slice(trimmed)
      eventsFrom += trimmed
    }
    const snapshot = write.snapshot === undefined ? before?.snapshot : { version, value: write.snapshot }
    const fields = write.fields === undefined ? (before?.fields ?? null) : write.fields
    put(this.entities, key, { kind, id, version, snapshot, eventsFrom, events, fields }, undo)
  }

  #timer(key: string, name: string, row: TimerRow | undefined, undo: Undo | undefined): void {
    const before = this.timers.get(key)
    if (row === undefined && before?.has(name) !== true) return
    const after = new Map(before)
    if (row === undefined) after.delete(name)
    else after.set(name, row)
    if (row !== undefined) this.#earliestMs = Math.min(this.#earliestMs, row.dueMs)
    undo?.push(() => (this.#earliestMs = -Infinity))
    put(this.timers, key, after.size === 0 ? undefined : after, undo)
  }
}
