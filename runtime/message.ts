/** A message on its way to an entity, and its bytes in the log. */
import { decode, encode } from './codec.ts'
import type { EntityRef } from './entity.ts'
import { RuntimeFault } from './fault.ts'
import type { Position } from './ports.ts'
import { PROTOCOL_NEWEST, unknownVersion } from './protocol.ts'

export interface ReplyAddress {
  readonly node: string
  readonly correlation: number
  /** Until when the asker waits, milliseconds since the epoch by its clock; unknown where protocol 1 was written. */
  readonly deadlineMs?: number
}

export interface Message {
  readonly to: EntityRef
  /** Who put it into the order that `position` counts: a shard (`s7`), a sender outside (`g…`), or `timer`. */
  readonly origin: string
  readonly position: Position
  /** When it was sent: the receiver's `nowMs`. */
  readonly atMs: number
  readonly sender: string
  readonly trace: string
  readonly replyTo?: ReplyAddress
  /** Set on the firing of a timer: the receiver drops it unless this is the current setting of that timer. */
  readonly timer?: { readonly name: string; readonly generation: string }
  readonly body: unknown
}

/** Firings aren't counted by position: they are dropped by generation. */
export const TIMER_ORIGIN = 'timer'

export const shardOrigin = (shard: number): string => `s${shard}`

/** Of a node's edges. */
export const senderOrigin = (node: string): string => `g${node}`

/** Unique for good, and the same after each repetition of the message. */
export const messageId = (message: Message): string =>
  message.timer
    ? `${TIMER_ORIGIN}:${message.to.kind}/${message.to.id}:${message.timer.name}:${message.timer.generation}`
    : `${message.origin}:${message.position[0]}.${message.position[1]}`

/**
 * The reply address in the head. Version 2 says until when the asker waits, and leaves the node out where the origin
 * names it already, as it does in every message that comes from an edge.
 */
const replyFields = ({ origin, replyTo }: Message, protocol: number): readonly unknown[] | null => {
  if (!replyTo) return null
  if (protocol < 2) return [replyTo.node, replyTo.correlation]
  return [origin === senderOrigin(replyTo.node) ? null : replyTo.node, replyTo.correlation, replyTo.deadlineMs ?? null]
}

/** `protocol`: the version that the system writes. */
export const encodeMessage = (message: Message, protocol: number = PROTOCOL_NEWEST): Uint8Array =>
  encode([
    protocol,
    message.to.kind,
    message.to.id,
    message.origin,
    message.position[0],
    message.position[1],
    message.atMs,
    message.sender,
    message.trace,
    replyFields(message, protocol),
    message.timer ? [message.timer.name, message.timer.generation] : null,
    message.body,
  ])

const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

const replyAddress = (reply: unknown, origin: string): ReplyAddress | undefined => {
  if (!Array.isArray(reply)) return undefined
  const [named, correlation, deadlineMs] = reply as unknown[]
  const node = named === null ? origin.slice(senderOrigin('').length) : named
  if (!isText(node) || !isNumber(correlation)) return undefined
  return { node, correlation, ...(isNumber(deadlineMs) ? { deadlineMs } : {}) }
}

/**
 * `newest`: the newest version that this node reads.
 * @throws {RuntimeFault} `newer-version` or `unreadable`
 */
export const decodeMessage = (bytes: Uint8Array, newest: number = PROTOCOL_NEWEST): Message => {
  const fields = decode(bytes)
  if (!Array.isArray(fields)) throw new RuntimeFault('unreadable', 'not a message: no list of fields')
  const [version, kind, id, origin, major, minor, atMs, sender, trace, reply, timer, body] = fields as unknown[]
  if (!isNumber(version)) throw new RuntimeFault('unreadable', 'not a message: it has no version')
  if (version > newest) throw unknownVersion('a message', version, newest)
  const readable =
    isText(kind) &&
    isText(id) &&
    isText(origin) &&
    isNumber(major) &&
    isNumber(minor) &&
    isNumber(atMs) &&
    isText(sender) &&
    isText(trace)
  if (!readable)
    throw new RuntimeFault('unreadable', 'not a message: a field of its head is missing or of another type')
  const replyTo = replyAddress(reply, origin)
  const fired: unknown[] | undefined = Array.isArray(timer) ? (timer as unknown[]) : undefined
  return {
    to: { kind, id },
    origin,
    position: [major, minor],
    atMs,
    sender,
    trace,
    ...(replyTo ? { replyTo } : {}),
    ...(fired && isText(fired[0]) && isText(fired[1]) ? { timer: { name: fired[0], generation: fired[1] } } : {}),
    body,
  }
}
