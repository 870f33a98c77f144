/**
 * The step of a shard: what one record of its input does. Everything that follows from it within the shard, messages
 * from entity to entity included, goes into one batch; nothing leaves from here.
 */
import type { RuntimeConfig } from './config.ts'
import { contextOf } from './context.ts'
import { type AnyEntityDefinition, type Effect, type EntityRef, refText } from './entity.ts'
import { errorText, type FaultCode, isFault, RuntimeFault } from './fault.ts'
import { handle, type Handled } from './handling.ts'
import { decodeMessage, encodeMessage, type Message, shardOrigin, TIMER_ORIGIN } from './message.ts'
import type { Batch } from './batch.ts'
import type { RuntimeMetrics } from './metrics.ts'
import { isAfter, START } from './position.ts'
import type { LogRecord, Mark, Position } from './ports.ts'
import { isForNewer, type Spoken } from './protocol.ts'
import type { Placement } from './shard-of.ts'
import { encodePublished, encodePublishedJson } from './published.ts'
import type { Resident, Residents } from './residents.ts'
import { encodeTimerMessage } from './shard-timers.ts'
import { refuseTooLong } from './record-size.ts'
import { SHARD_CONTROL_KIND, shardControl } from './shard-control.ts'
import { SHARD_TOPIC } from './config.ts'
import type { Store } from './ports.ts'

export interface ShardStepOptions {
  readonly shard: number
  readonly config: RuntimeConfig
  readonly definitions: ReadonlyMap<string, AnyEntityDefinition>
  readonly placement: Placement
  readonly store: Store
  readonly residents: Residents
  /** Marks as stored; the batch has the newer ones. */
  readonly marks: ReadonlyMap<string, Mark>
  readonly metrics: RuntimeMetrics
  readonly protocol: Spoken
  readonly now: () => number
}

/** Not the message's fault: log, store or ownership. */
const ENDS_THE_RUN: ReadonlySet<FaultCode> = new Set(['unavailable', 'closed', 'token-lost', 'offset-differs'])

const inShard = (fault: RuntimeFault, shard: number, where: string): RuntimeFault =>
  new RuntimeFault(fault.code, `shard ${shard}, ${where}: ${fault.message}`, { address: where, cause: fault })

/** One record on its way through the step: gives out the positions of what follows from it. */
class Cascade {
  readonly offset: number
  readonly queue: { readonly message: Message; readonly bytes: Uint8Array | undefined }[] = []
  #index = 0
  #generation = 0

  constructor(offset: number) {
    this.offset = offset
  }

  nextPosition(): Position {
    return [this.offset, this.#index++]
  }

  nextGeneration(): string {
    return `${this.offset}.${this.#generation++}`
  }

  get length(): number {
    return this.#index
  }
}

/** A record with its message, or why that can't be read. */
export interface ReadRecord {
  readonly record: LogRecord
  readonly message?: Message
  readonly error?: unknown
}

export class ShardStep {
  readonly #options: ShardStepOptions
  readonly #origin: string

  constructor(options: ShardStepOptions) {
    this.#options = options
    this.#origin = shardOrigin(options.shard)
  }

  /** Reads a record's message without handling it, so that the entities of a whole batch are loaded together. */
  read(record: LogRecord): ReadRecord {
    try {
      return { record, message: decodeMessage(record.value, this.#options.protocol.reads) }
    } catch (error) {
      return { record, error }
    }
  }

  /**
   * Handles a record into the batch. A message that can't be handled becomes a dead letter and stops nothing.
   * @throws if the store can't be read, or `newer-version`: only a newer release can read the message or its entity
   */
  async handleRecord(batch: Batch, { record, message: first, error }: ReadRecord): Promise<void> {
    const cascade = new Cascade(record.offset)
    batch.advance(record.offset + 1)
    if (!first) {
      if (isForNewer(error)) throw inShard(error, this.#options.shard, `record ${record.offset}`)
      this.#bury(batch, cascade, record.value, '', error)
      return
    }
    if (!this.#isNew(batch, first)) {
      this.#options.metrics.repetitionsDropped.add(1)
      return
    }
    cascade.queue.push({ message: first, bytes: record.value })
    for (let next = cascade.queue.shift(); next; next = cascade.queue.shift())
      await this.#handleMessage(batch, cascade, next.message, next.bytes)
  }

  #isNew(batch: Batch, message: Message): boolean {
    if (message.origin === TIMER_ORIGIN) return true
    const mark = batch.mark(message.origin) ?? this.#options.marks.get(message.origin)
    const isNew = !mark || isAfter(message.position, mark.position)
    // Without the guard a repetition is handled again; the mark itself never goes back.
    if (isNew) batch.setMark(message.origin, { position: message.position, atMs: message.atMs })
    return isNew || !this.#options.config.guards.dedupe
  }

  async #handleMessage(batch: Batch, cascade: Cascade, message: Message, bytes: Uint8Array | undefined): Promise<void> {
    try {
      batch.handled++
      if (message.to.kind === SHARD_CONTROL_KIND) return await this.#control(batch, cascade, message)
      const resident = await this.#options.residents.get(message.to, this.#options.now(), batch.fence)
      if (message.timer && !this.#takeTimer(batch, resident, message.timer)) return
      const context = contextOf(message, message.to, this.#options.placement.placementOf(message.to))
      const protocol = this.#options.protocol.writes()
      const handled = handle(resident.definition, resident.state, message.body, context, protocol)
      this.#apply(batch, cascade, resident, message, handled)
    } catch (error) {
      if (isForNewer(error)) throw inShard(error, this.#options.shard, refText(message.to))
      if (!isFault(error) || ENDS_THE_RUN.has(error.code)) throw error
      this.#bury(batch, cascade, bytes ?? this.#encode(message), refText(message.to), error)
      if (message.replyTo)
        batch.replies.push({ to: message.replyTo, answer: { fault: { code: error.code, message: error.message } } })
    }
  }

  /** True if this firing is of the timer's current setting. Handling it uses the timer up. */
  #takeTimer(batch: Batch, resident: Resident, timer: NonNullable<Message['timer']>): boolean {
    const isCurrent = resident.timers.get(timer.name) === timer.generation
    if (isCurrent) batch.cancelTimer(resident, timer.name)
    else this.#options.metrics.staleTimersDropped.add(1)
    return isCurrent || !this.#options.config.guards.timerGeneration
  }

  #apply(batch: Batch, cascade: Cascade, resident: Resident, message: Message, handled: Handled): void {
    // All that can fail comes first: encoding, addresses. Afterwards nothing of this message is refused any more.
    const effects = handled.effects.map((effect) => {
      try {
        return this.#prepare(cascade, resident, message, effect)
      } catch (cause) {
        if (isFault(cause, 'limit-exceeded')) throw cause
        const address = refText(resident.ref)
        throw new RuntimeFault(
          'handler-failed',
          `${address}: effect ${effect.type} can't be sent: ${errorText(cause)}`,
          {
            address,
            cause,
          },
        )
      }
    })
    batch.addEvents(resident, handled)
    this.#options.metrics.eventsStored.add(handled.events.length)
    for (const apply of effects) apply(batch)
    if (handled.reply && message.replyTo) batch.replies.push({ to: message.replyTo, answer: handled.reply })
  }

  #prepare(cascade: Cascade, resident: Resident, message: Message, effect: Effect): (batch: Batch) => void {
    switch (effect.type) {
      case 'tell':
        return this.#prepareTell(cascade, resident, message, effect)
      case 'publish': {
        const position = cascade.nextPosition()
        const value =
          effect.encoding === 'json'
            ? encodePublishedJson(effect.message)
            : encodePublished({
                id: `${this.#origin}:${position[0]}.${position[1]}`,
                key: effect.key,
                atMs: message.atMs,
                sender: refText(resident.ref),
                trace: message.trace,
                message: effect.message,
              })
        refuseTooLong(value, this.#options.config.recordBytesMax, effect.topic)
        const partition = this.#options.placement.partitionOf(effect.topic, effect.key)
        return (batch) => batch.send({ position, topic: effect.topic, partition, value }, false)
      }
      case 'set-timer': {
        const row = {
          ...resident.ref,
          name: effect.name,
          dueMs: effect.dueMs,
          generation: cascade.nextGeneration(),
          message: encodeTimerMessage(message.trace, effect.message),
        }
        return (batch) => batch.setTimer(resident, row)
      }
      case 'cancel-timer':
        return (batch) => batch.cancelTimer(resident, effect.name)
      case 'forget':
        return (batch) => batch.forget(resident)
    }
  }

  #prepareTell(
    cascade: Cascade,
    resident: Resident,
    message: Message,
    effect: Extract<Effect, { type: 'tell' }>,
  ): (batch: Batch) => void {
    const { placement, shard, config } = this.#options
    const toShard = placement.shardOf(effect.to)
    const told: Message = {
      to: effect.to,
      origin: this.#origin,
      position: cascade.nextPosition(),
      atMs: message.atMs,
      sender: refText(resident.ref),
      trace: effect.trace ?? message.trace,
      ...(effect.forwardReply && message.replyTo ? { replyTo: message.replyTo } : {}),
      body: effect.message,
    }
    const isLocal = toShard === shard
    const bytes = isLocal && !config.localThroughCodec ? undefined : this.#encode(told)
    if (bytes && !isLocal) refuseTooLong(bytes, config.recordBytesMax, refText(effect.to))
    return (batch) => {
      if (isLocal && this.#mayStayLocal(batch, cascade, effect.to)) {
        cascade.queue.push({ message: bytes ? decodeMessage(bytes, this.#options.protocol.reads) : told, bytes })
        return
      }
      const value = bytes ?? this.#encode(told)
      try {
        // One that could have stayed here is only refused now that it can't.
        refuseTooLong(value, config.recordBytesMax, refText(effect.to))
        batch.send({ position: told.position, topic: SHARD_TOPIC, partition: toShard, value }, isLocal)
      } catch (fault) {
        this.#bury(batch, cascade, value, refText(effect.to), fault)
      }
    }
  }

  /**
   * A message within the shard is handled in the same commit, unless the cascade is at its bound, its receiver has just
   * ended, or an earlier message took the way through the log and isn't back yet: then this one must not overtake it.
   */
  #mayStayLocal(batch: Batch, cascade: Cascade, to: EntityRef): boolean {
    if (cascade.length > this.#options.config.cascadeMessagesMax || batch.isForgotten(refText(to))) return false
    const back = (batch.mark(this.#origin) ?? this.#options.marks.get(this.#origin))?.position ?? START
    return !isAfter(batch.sentToSelf, back)
  }

  async #control(batch: Batch, cascade: Cascade, message: Message): Promise<void> {
    const command = shardControl.safeParse(message.body)
    if (!command.success)
      throw new RuntimeFault('invalid-message', `not a command of a shard: ${command.error.message}`)
    const row = await this.#options.store.deadLetter(command.data.id)
    const isThere = row !== undefined && row.shard === this.#options.shard
    if (isThere) {
      batch.forgetDeadLetter(row.id)
      if (command.data.type === 'replay-dead-letter') this.#exhume(batch, cascade, row.value)
    }
    if (message.replyTo) batch.replies.push({ to: message.replyTo, answer: { ok: true, value: isThere } })
  }

  /** Handles a dead letter's message again, as a new message from the same sender. */
  #exhume(batch: Batch, cascade: Cascade, bytes: Uint8Array): void {
    try {
      const { timer: _timer, replyTo: _replyTo, ...old } = decodeMessage(bytes, this.#options.protocol.reads)
      const again: Message = { ...old, origin: this.#origin, position: cascade.nextPosition() }
      cascade.queue.push({ message: again, bytes: undefined })
    } catch (error) {
      this.#bury(batch, cascade, bytes, '', error)
    }
  }

  #encode(message: Message): Uint8Array {
    return encodeMessage(message, this.#options.protocol.writes())
  }

  #bury(batch: Batch, cascade: Cascade, value: Uint8Array, to: string, error: unknown): void {
    const [offset, index] = cascade.nextPosition()
    this.#options.metrics.deadLetters.add(1)
    batch.deadLetters.push({
      id: `${this.#options.shard}-${offset}-${index}`,
      shard: this.#options.shard,
      atMs: this.#options.now(),
      to,
      reason: isFault(error) ? error.code : 'handler-failed',
      error: errorText(error),
      value,
    })
  }
}
