/**
 * Events and snapshots as they are stored: with the version of their shape and, for events, their cause. What an older
 * release stored is lifted; what a newer one stored is refused; both are checked against the kind's schema.
 */
import { z } from 'zod'
import type { HistoryEvent } from './client.ts'
import { decode, encode } from './codec.ts'
import type { AnyEntityDefinition, Context, Lift, Tagged } from './entity.ts'
import { RuntimeFault } from './fault.ts'
import type { StoredEntity } from './ports.ts'
import { unknownVersion } from './protocol.ts'

/** The version in which a kind's shapes are written while the system writes in `protocol`. */
export const shapeWritten = ({ version, rollout }: AnyEntityDefinition, protocol: number): number =>
  rollout && protocol < rollout.sinceProtocol ? version - 1 : version

/** An event in the version that is written, and as it will be read back: what is folded is what is stored. */
export const settledEvent = (
  definition: AnyEntityDefinition,
  event: unknown,
  shape: number,
): { readonly stored: unknown; readonly event: unknown } => {
  if (shape === definition.version || !definition.rollout) return { stored: event, event }
  const stored: unknown = definition.rollout.lowerEvent(event)
  return { stored, event: checked(definition, 'event', shape, stored) }
}

/** The same of a state. */
export const settledState = (
  definition: AnyEntityDefinition,
  state: unknown,
  shape: number,
): { readonly stored: unknown; readonly state: unknown } => {
  if (shape === definition.version || !definition.rollout) return { stored: state, state }
  const stored: unknown = definition.rollout.lowerState(state)
  return { stored, state: checked(definition, 'state', shape, stored) }
}

/** `stored`: an event in version `shape`. */
export const encodeEvent = (
  definition: AnyEntityDefinition,
  stored: unknown,
  context: Context,
  shape: number = definition.version,
): Uint8Array => encode([shape, context.nowMs, context.messageId, context.sender, context.trace, stored])

/** `stored`: a state in version `shape`. */
export const encodeSnapshot = (
  definition: AnyEntityDefinition,
  stored: unknown,
  shape: number = definition.version,
): Uint8Array => encode([shape, stored])

const fieldsOf = (bytes: Uint8Array, count: number, what: string): readonly unknown[] => {
  const fields = decode(bytes)
  if (!Array.isArray(fields) || fields.length < count) throw new RuntimeFault('unreadable', `not a stored ${what}`)
  return fields as unknown[]
}

const checked = (
  definition: AnyEntityDefinition,
  what: 'event' | 'state',
  version: unknown,
  stored: unknown,
): unknown => {
  if (typeof version !== 'number') throw new RuntimeFault('unreadable', `stored ${what} without a version`)
  if (version > definition.version)
    throw unknownVersion(`a stored ${what} of ${definition.kind}`, version, definition.version, definition.kind)
  const lift: Lift | undefined = what === 'event' ? definition.liftEvent : definition.liftState
  if (version < definition.version && !lift)
    throw new RuntimeFault('unreadable', `no lift for ${what} version ${version} of ${definition.kind}`)
  const lifted: unknown = version < definition.version && lift ? lift(stored, version) : stored
  const schema = (what === 'event' ? definition.event : definition.state) as z.ZodType
  const parsed = schema.safeParse(lifted)
  if (!parsed.success)
    throw new RuntimeFault('unreadable', `stored ${what} of ${definition.kind}: ${z.prettifyError(parsed.error)}`, {
      address: definition.kind,
    })
  return parsed.data
}

export const decodeHistoryEvent = (
  definition: AnyEntityDefinition,
  version: number,
  bytes: Uint8Array,
): HistoryEvent => {
  const [shape, atMs, messageId, sender, trace, event] = fieldsOf(bytes, 6, 'event')
  return {
    version,
    atMs: Number(atMs),
    event: checked(definition, 'event', shape, event) as Tagged,
    cause: { messageId: String(messageId), sender: String(sender), trace: String(trace) },
  }
}

/** The newest version among what is needed to recover an entity; 0 if there is nothing. */
export const newestShapeOf = ({ snapshot, events }: StoredEntity): number =>
  [...(snapshot ? [snapshot.value] : []), ...events].reduce((newest, bytes) => {
    const [shape] = fieldsOf(bytes, 1, 'event or snapshot')
    return typeof shape === 'number' && shape > newest ? shape : newest
  }, 0)

/**
 * The state of a stored entity: its snapshot with the events after it folded in.
 * @throws {RuntimeFault} `newer-version`, `unreadable`, `handler-failed` (a bug in `evolve`)
 */
export const foldStored = (definition: AnyEntityDefinition, stored: StoredEntity): unknown => {
  let state: unknown = definition.initial(stored.id)
  if (stored.snapshot) {
    const [shape, snapshot] = fieldsOf(stored.snapshot.value, 2, 'snapshot')
    state = checked(definition, 'state', shape, snapshot)
  }
  let version = stored.snapshot?.version ?? 0
  for (const bytes of stored.events) {
    version++
    const { event } = decodeHistoryEvent(definition, version, bytes)
    state = definition.evolve(state, event) as unknown
  }
  if (version !== stored.version)
    throw new RuntimeFault(
      'unreadable',
      `${definition.kind}/${stored.id} is at version ${stored.version} but its events end at ${version}`,
      { address: `${definition.kind}/${stored.id}` },
    )
  return state
}
