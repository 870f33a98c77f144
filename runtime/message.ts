/** A message on its way to an entity, and its bytes in the log. */
import { decode, encode } from './codec.ts'
import type { EntityRef } from './entity.ts'
import { RuntimeFault } from './fault.ts'
import type { Position } from './ports.ts'

export interface ReplyAddress {
  readonly node: string
  readonly correlation: number
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

/** Unique for good, and the same after each repetition of the message. */
export const messageId = (message: Message): string =>
  message.timer
    ? `${TIMER_ORIGIN}:${message.to.kind}/${message.to.id}:${message.timer.name}:${message.timer.generation}`
    : `${message.origin}:${message.position[0]}.${message.position[1]}`

const MESSAGE_VERSION = 1

export const encodeMessage = (message: Message): Uint8Array =>
  encode([
    MESSAGE_VERSION,
    message.to.kind,
    message.to.id,
    message.origin,
    message.position[0],
    message.position[1],
    message.atMs,
    message.sender,
    message.trace,
    message.replyTo ? [message.replyTo.node, message.replyTo.correlation] : null,
    message.timer ? [message.timer.name, message.timer.generation] : null,
    message.body,
  ])

const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** @throws {RuntimeFault} `newer-version` or `unreadable` */
export const decodeMessage = (bytes: Uint8Array): Message => {
  const fields = decode(bytes)
  if (!Array.isArray(fields)) throw new RuntimeFault('unreadable', 'not a message: no list of fields')
  const [version, kind, id, origin, major, minor, atMs, sender, trace, reply, timer, body] = fields as unknown[]
  if (!isNumber(version)) throw new RuntimeFault('unreadable', 'not a message: it has no version')
  if (version > MESSAGE_VERSION)
    throw new RuntimeFault('newer-version', `message version ${version}; this release reads up to ${MESSAGE_VERSION}`)
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
  const replyTo: unknown[] | undefined = Array.isArray(reply) ? (reply as unknown[]) : undefined
  const fired: unknown[] | undefined = Array.isArray(timer) ? (timer as unknown[]) : undefined
  return {
    to: { kind, id },
    origin,
    position: [major, minor],
    atMs,
    sender,
    trace,
    ...(replyTo && isText(replyTo[0]) && isNumber(replyTo[1])
      ? { replyTo: { node: replyTo[0], correlation: replyTo[1] } }
      : {}),
    ...(fired && isText(fired[0]) && isText(fired[1]) ? { timer: { name: fired[0], generation: fired[1] } } : {}),
    body,
  }
}
