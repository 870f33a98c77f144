/**
 * The entities and nothing else: delivers their effects in order, in virtual time, with a scripted driver. Everything
 * that is said or stored goes through the codec, and what throws is thrown at the test.
 */
import {
  DRIVER_REQUESTS_TOPIC,
  driverRequest,
  type DriverReport,
  type DriverRequest,
} from '../../../drivers/protocol.ts'
import { decode, encode } from '../../../runtime/codec.ts'
import { contextOf } from '../../../runtime/context.ts'
import type { AnyEntityDefinition, Effect, EntityRef, Reply, Tagged } from '../../../runtime/entity.ts'
import { handle } from '../../../runtime/handling.ts'
import type { Message } from '../../../runtime/message.ts'
import { decodeHistoryEvent, encodeSnapshot, foldStored } from '../../../runtime/stored.ts'
import type { ActorsConfig } from '../../config.ts'
import { createDefinitions } from '../../definitions.ts'
import { LIVE_TOPIC, type LiveEvent, liveEvent } from '../../live.ts'

/** What the driver does about a request: reports, each after a delay. None: it is silent. */
export type DriverScript = (
  request: DriverRequest,
  /** How often it has come, from 1. */
  times: number,
) => readonly { readonly afterMs: number; readonly report: Omit<Partial<DriverReport>, 'requestId' | 'resourceId'> }[]

interface Resident {
  readonly definition: AnyEntityDefinition
  readonly ref: EntityRef
  state: unknown
  events: Uint8Array[]
}
interface Envelope {
  readonly to: EntityRef
  readonly body: unknown
  readonly sender: string
  readonly reply: ((reply: Reply) => void) | undefined
}
interface Due {
  readonly atMs: number
  readonly order: number
  readonly envelope: Envelope
  readonly timer?: string
}

/** Messages handled before the test is told that this never ends. */
const MESSAGES_MAX = 500_000

export class World {
  nowMs = 1_700_000_000_000
  readonly requests: DriverRequest[] = []
  readonly live: LiveEvent[] = []
  /** What was published for readers that aren't ours, as they read it. */
  readonly outside: { readonly topic: string; readonly key: string; readonly message: unknown }[] = []
  readonly #definitions: ReadonlyMap<string, AnyEntityDefinition>
  readonly #residents = new Map<string, Resident>()
  readonly #queue: Envelope[] = []
  #due: Due[] = []
  readonly #times = new Map<string, number>()
  #messages = 0
  #order = 0
  script: DriverScript
  /** Messages between entities that never arrive. The runtime loses none: this shows what the watch is for. */
  loses: (told: { readonly to: EntityRef; readonly message: Tagged }) => boolean = () => false

  constructor(script: DriverScript, config: Partial<ActorsConfig> = {}) {
    this.script = script
    this.#definitions = new Map(createDefinitions(config).map((definition) => [definition.kind, definition]))
  }

  /** Says something and handles all that follows at once; what comes later is for `run`. */
  ask(to: EntityRef, message: Tagged, sender = 'test'): Reply {
    let answer: Reply | undefined
    this.#queue.push({ to, body: message, sender, reply: (reply) => (answer = reply) })
    this.#drain()
    if (!answer) throw new Error(`no reply to ${message.type} of ${to.kind}/${to.id}`)
    return answer
  }

  /** Lets time pass until `isDone`, or until nothing is due within `forMs`. */
  run(forMs: number, isDone: () => boolean = () => false): void {
    const untilMs = this.nowMs + forMs
    while (!isDone()) {
      const next = this.#due.reduce<Due | undefined>(
        (first, due) =>
          !first || due.atMs < first.atMs || (due.atMs === first.atMs && due.order < first.order) ? due : first,
        undefined,
      )
      if (!next || next.atMs > untilMs) {
        this.nowMs = untilMs
        return
      }
      this.#due = this.#due.filter((due) => due !== next)
      this.nowMs = Math.max(this.nowMs, next.atMs)
      this.#queue.push(next.envelope)
      this.#drain()
    }
  }

  state<State>({ kind, id }: EntityRef): State {
    const definition = this.#definition(kind)
    return (this.#residents.get(`${kind}/${id}`)?.state ?? definition.initial(id)) as State
  }

  has({ kind, id }: EntityRef): boolean {
    return this.#residents.has(`${kind}/${id}`)
  }

  refs(kind: string): readonly EntityRef[] {
    return [...this.#residents.values()].flatMap(({ ref }) => (ref.kind === kind ? [ref] : []))
  }

  timers({ kind, id }: EntityRef): readonly string[] {
    return this.#due.flatMap(({ envelope: { to }, timer }) =>
      timer && to.kind === kind && to.id === id ? [timer] : [],
    )
  }

  history({ kind, id }: EntityRef): readonly Tagged[] {
    const resident = this.#residents.get(`${kind}/${id}`)
    return (resident?.events ?? []).map(
      (bytes, index) => decodeHistoryEvent(this.#definition(kind), index + 1, bytes).event,
    )
  }

  /** What each entity is when it is read back from what is stored: from its events, and from a snapshot. */
  *recovered(): Iterable<{ readonly ref: EntityRef; readonly live: unknown; readonly again: readonly unknown[] }> {
    for (const { definition, ref, state, events } of this.#residents.values()) {
      const stored = { kind: ref.kind, id: ref.id, version: events.length, timers: [], fields: null }
      const snapshot = { version: events.length, value: encodeSnapshot(definition, state) }
      const again = [
        foldStored(definition, { ...stored, events }),
        foldStored(definition, { ...stored, snapshot, events: [] }),
      ]
      yield { ref, live: state, again }
    }
  }

  #definition(kind: string): AnyEntityDefinition {
    const definition = this.#definitions.get(kind)
    if (!definition) throw new Error(`no kind ${kind}`)
    return definition
  }

  #drain(): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      if (++this.#messages > MESSAGES_MAX) throw new Error(`still busy after ${MESSAGES_MAX} messages`)
      this.#deliver(next)
    }
  }

  #deliver({ to, body, sender, reply }: Envelope): void {
    const definition = this.#definition(to.kind)
    const key = `${to.kind}/${to.id}`
    const resident: Resident = this.#residents.get(key) ?? {
      definition,
      ref: to,
      state: definition.initial(to.id),
      events: [],
    }
    const message: Message = {
      to,
      origin: 'test',
      position: [this.#messages, 0],
      atMs: this.nowMs,
      sender,
      trace: '',
      body: decode(encode(body)),
    }
    const context = contextOf(message, to, definition.placement?.(to.id) ?? 0)
    const handled = handle(definition, resident.state, message.body, context)
    resident.state = handled.state
    resident.events.push(...handled.events)
    if (handled.events.length > 0) this.#residents.set(key, resident)
    definition.fields?.(resident.state)
    definition.waiting?.(resident.state)
    if (handled.reply) reply?.(handled.reply)
    for (const effect of handled.effects) this.#carryOut(effect, to, reply)
  }

  #carryOut(effect: Effect, self: EntityRef, reply: Envelope['reply']): void {
    const sender = `${self.kind}/${self.id}`
    switch (effect.type) {
      case 'tell':
        if (this.loses(effect)) return
        this.#queue.push({
          to: effect.to,
          body: effect.message,
          sender,
          reply: effect.forwardReply ? reply : undefined,
        })
        return
      case 'publish': {
        const { topic, key, message } = effect
        if (effect.encoding === 'json')
          this.outside.push({ topic, key, message: JSON.parse(JSON.stringify(message)) as unknown })
        else this.#publish(topic, decode(encode(message)))
        return
      }
      case 'set-timer':
        this.#cancel(self, effect.name)
        this.#schedule(effect.dueMs, self, effect.message, effect.name)
        return
      case 'cancel-timer':
        this.#cancel(self, effect.name)
        return
      case 'forget':
        this.#residents.delete(sender)
        this.#due = this.#due.filter(
          ({ timer, envelope: { to } }) => !timer || to.kind !== self.kind || to.id !== self.id,
        )
    }
  }

  #publish(topic: string, message: unknown): void {
    if (topic === LIVE_TOPIC) this.live.push(liveEvent.parse(message))
    if (topic !== DRIVER_REQUESTS_TOPIC) return
    const request = driverRequest.parse(message)
    this.requests.push(request)
    const times = (this.#times.get(request.requestId) ?? 0) + 1
    this.#times.set(request.requestId, times)
    const { requestId, resourceId } = request
    for (const { afterMs, report } of this.script(request, times)) {
      const said = { status: 'COMPLETE', outputs: {}, associatedTopology: {}, ...report, requestId, resourceId }
      this.#schedule(
        this.nowMs + afterMs,
        { kind: 'resource', id: resourceId },
        { type: 'driver-reported', report: said },
      )
    }
  }

  #schedule(atMs: number, to: EntityRef, body: unknown, timer?: string): void {
    const envelope: Envelope = { to, body, sender: timer ? 'timer' : 'driver', reply: undefined }
    this.#due.push({ atMs, order: this.#order++, envelope, ...(timer === undefined ? {} : { timer }) })
  }

  #cancel(self: EntityRef, name: string): void {
    this.#due = this.#due.filter(
      ({ timer, envelope: { to } }) => timer !== name || to.kind !== self.kind || to.id !== self.id,
    )
  }
}
