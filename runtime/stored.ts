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

export const encodeEvent = (definition: AnyEntityDefinition, event: unknown, context: Context): Uint8Array =>
  encode([definition.version, context.nowMs, context.messageId, context.sender, context.trace, event])

export const encodeSnapshot = (definition: AnyEntityDefinition, state: unknown): Uint8Array =>
  encode([definition.version, state])

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
    throw new RuntimeFault(
      'newer-version',
      `this ${what} of ${definition.kind} was stored in version ${version} by a newer release; ` +
        `this one reads up to version ${definition.version}`,
      { address: definition.kind },
    )
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
