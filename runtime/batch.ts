/** Gathers what a batch of messages does to a shard, as one commit; and what may leave once that is stored. */
import { DEFAULT_LIMITS, refText } from './entity.ts'
import type {
  DeadLetterRow,
  EntityFields,
  EntityWrite,
  Fence,
  Mark,
  OutboxRow,
  Position,
  ShardCommit,
  ShardLease,
  TimerKey,
  TimerRow,
} from './ports.ts'
import type { Handled } from './handling.ts'
import type { Answer } from './replies.ts'
import type { ReplyAddress } from './message.ts'
import type { Resident } from './residents.ts'
import { encodeSnapshot, settledState, shapeWritten } from './stored.ts'

interface Change {
  readonly resident: Resident
  readonly events: Uint8Array[]
  fields: EntityFields | null
  forget: boolean
}

/** What the shard knows of its own stored head; replaced after each commit. */
export interface Head extends Fence {
  readonly sentToSelf: Position
}

export const headOf = (lease: ShardLease): Head => ({
  token: lease.token,
  nextOffset: lease.nextOffset,
  sentToSelf: lease.sentToSelf,
})

export class Batch {
  readonly replies: { readonly to: ReplyAddress; readonly answer: Answer }[] = []
  readonly outbox: OutboxRow[] = []
  readonly deadLetters: DeadLetterRow[] = []
  readonly #changes = new Map<string, Change>()
  readonly #marks = new Map<string, Mark>()
  readonly #timers = new Map<string, TimerRow | TimerKey>()
  readonly #forgetDeadLetters: string[] = []
  #nextOffset: number
  #sentToSelf: Position
  handled = 0

  readonly #head: Head
  readonly #shard: number

  constructor(shard: number, head: Head) {
    this.#shard = shard
    this.#head = head
    this.#nextOffset = head.nextOffset
    this.#sentToSelf = head.sentToSelf
  }

  /** What the store must still say for this batch to be stored. */
  get fence(): Fence {
    return this.#head
  }

  /** Nothing of the input has been handled: all that a commit stores follows from input. */
  get isEmpty(): boolean {
    return this.#nextOffset === this.#head.nextOffset
  }

  get nextOffset(): number {
    return this.#nextOffset
  }

  get sentToSelf(): Position {
    return this.#sentToSelf
  }

  /** True once an entity was forgotten: the batch ends there, so that its next life starts in a commit of its own. */
  get hasForgotten(): boolean {
    for (const change of this.#changes.values()) if (change.forget) return true
    return false
  }

  isForgotten(key: string): boolean {
    return this.#changes.get(key)?.forget === true
  }

  advance(nextOffset: number): void {
    this.#nextOffset = nextOffset
  }

  mark(origin: string): Mark | undefined {
    return this.#marks.get(origin)
  }

  setMark(origin: string, mark: Mark): void {
    this.#marks.set(origin, mark)
  }

  marks(): readonly { readonly origin: string; readonly mark: Mark }[] {
    return [...this.#marks].map(([origin, mark]) => ({ origin, mark }))
  }

  addEvents(resident: Resident, handled: Handled): void {
    if (handled.events.length === 0) return
    const change = this.#change(resident)
    resident.state = handled.state
    resident.version += handled.events.length
    resident.newestShape = Math.max(resident.newestShape, handled.shape)
    change.events.push(...handled.events)
    change.fields = handled.fields
  }

  setTimer(resident: Resident, row: TimerRow): void {
    resident.timers.set(row.name, row.generation)
    this.#timers.set(timerText(row), row)
  }

  /** Of a timer that isn't set: nothing. */
  cancelTimer(resident: Resident, name: string): void {
    if (!resident.timers.delete(name)) return
    const key: TimerKey = { ...resident.ref, name }
    this.#timers.set(timerText(key), key)
  }

  forget(resident: Resident): void {
    for (const name of [...resident.timers.keys()]) this.cancelTimer(resident, name)
    this.#change(resident).forget = true
  }

  send(row: OutboxRow, toSelf: boolean): void {
    this.outbox.push(row)
    if (toSelf) this.#sentToSelf = row.position
  }

  forgetDeadLetter(id: string): void {
    this.#forgetDeadLetters.push(id)
  }

  timers(): { readonly set: readonly TimerRow[]; readonly cancel: readonly TimerKey[] } {
    const set: TimerRow[] = []
    const cancel: TimerKey[] = []
    for (const timer of this.#timers.values()) {
      if ('dueMs' in timer) set.push(timer)
      else cancel.push(timer)
    }
    return { set, cancel }
  }

  forgotten(): readonly Resident[] {
    return [...this.#changes.values()].filter((change) => change.forget).map((change) => change.resident)
  }

  /**
   * The commit; also notes on each resident what will be stored of it (undone by dropping the residents on failure).
   * `appends`: what is sent goes into the log with it, not into the outbox.
   */
  commit(
    published: Position | undefined,
    forgetMarks: readonly string[],
    protocol: number,
    appends: boolean,
  ): ShardCommit {
    const timers = this.timers()
    return {
      shard: this.#shard,
      token: this.#head.token,
      expectedOffset: this.#head.nextOffset,
      nextOffset: this.#nextOffset,
      entities: [...this.#changes.values()].map((change) => writeOf(change, protocol)),
      marks: this.marks(),
      forgetMarks,
      setTimers: timers.set,
      cancelTimers: timers.cancel,
      ...(appends ? { outbox: [], append: this.outbox } : { outbox: this.outbox }),
      ...(published ? { published } : {}),
      ...(this.#sentToSelf === this.#head.sentToSelf ? {} : { sentToSelf: this.#sentToSelf }),
      deadLetters: this.deadLetters,
      forgetDeadLetters: this.#forgetDeadLetters,
    }
  }

  head(): Head {
    return { token: this.#head.token, nextOffset: this.#nextOffset, sentToSelf: this.#sentToSelf }
  }

  #change(resident: Resident): Change {
    const key = refText(resident.ref)
    let change = this.#changes.get(key)
    if (!change) this.#changes.set(key, (change = { resident, events: [], fields: resident.fields, forget: false }))
    return change
  }
}

const timerText = (key: TimerKey): string => `${key.kind}/${key.id}/${key.name}`

const writeOf = ({ resident, events, fields, forget }: Change, protocol: number): EntityWrite => {
  const address = { kind: resident.ref.kind, id: resident.ref.id }
  if (forget) return { ...address, version: 0, events: [], forget: true }
  const limits = { ...DEFAULT_LIMITS, ...resident.definition.limits }
  const write: {
    -readonly [Key in keyof EntityWrite]: EntityWrite[Key]
  } = { ...address, version: resident.version, events }
  const shape = shapeWritten(resident.definition, protocol)
  // A system that was set back to an older protocol: the nodes that read no newer one can have the entity again.
  const isTooNew = resident.definition.rollout !== undefined && resident.newestShape > shape
  if (isTooNew || resident.version - resident.snapshotVersion >= limits.snapshotEveryEvents) {
    const { stored, state } = settledState(resident.definition, resident.state, shape)
    write.snapshot = encodeSnapshot(resident.definition, stored, shape)
    resident.state = state
    resident.newestShape = shape
    resident.snapshotVersion = resident.version
    const trimTo = resident.version - limits.historyEventsMax
    if (trimTo > resident.trimmedTo) {
      write.trimEventsTo = trimTo
      resident.trimmedTo = trimTo
    }
  }
  if (!sameFields(fields, resident.fields)) {
    write.fields = fields
    resident.fields = fields
  }
  return write
}

const sameFields = (left: EntityFields | null, right: EntityFields | null): boolean => {
  if (left === null || right === null) return left === right
  const names = Object.keys(left)
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name])
}
