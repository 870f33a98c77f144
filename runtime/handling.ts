/** What one message does to one entity: pure, and whole or not at all (whatever it throws, nothing has happened). */
import { z } from 'zod'
import type { AnyEntityDefinition, Context, Decision, Effect, Reply, Tagged } from './entity.ts'
import { errorText, isFault, RuntimeFault } from './fault.ts'
import type { EntityFields } from './ports.ts'
import { PROTOCOL_NEWEST } from './protocol.ts'
import { encodeEvent, settledEvent, shapeWritten } from './stored.ts'

export interface Handled {
  readonly state: unknown
  readonly events: readonly Uint8Array[]
  /** The version in which they are written. */
  readonly shape: number
  readonly effects: readonly Effect[]
  /** What lists show of the new state. */
  readonly fields: EntityFields | null
  /** What the asker gets from here; undefined if somebody further on replies. */
  readonly reply: Reply | undefined
}

const replyOf = (value: unknown, handedOn: boolean): Reply | undefined =>
  value === undefined && handedOn ? undefined : { ok: true, value: value ?? null }

/**
 * `protocol`: the version that the system writes.
 * @throws {RuntimeFault} `invalid-message` or `handler-failed`
 */
export const handle = (
  definition: AnyEntityDefinition,
  state: unknown,
  body: unknown,
  context: Context,
  protocol: number = PROTOCOL_NEWEST,
): Handled => {
  const address = `${context.self.kind}/${context.self.id}`
  const command = (definition.command as z.ZodType<Tagged>).safeParse(body)
  if (!command.success)
    throw new RuntimeFault('invalid-message', `not a command of ${address}: ${z.prettifyError(command.error)}`, {
      address,
    })
  const shape = shapeWritten(definition, protocol)
  try {
    const decision = definition.decide(state, command.data, context) as Decision<Tagged>
    const events: Uint8Array[] = []
    const effects: Effect[] = [...(decision.effects ?? [])]
    let folded = state
    for (const decided of decision.events ?? []) {
      const { stored, event } = settledEvent(definition, decided, shape)
      folded = definition.evolve(folded, event) as unknown
      events.push(encodeEvent(definition, stored, context, shape))
      effects.push(...definition.react(folded, event, context))
    }
    const handedOn = effects.some((effect) => effect.type === 'tell' && effect.forwardReply)
    const reply = decision.reject
      ? ({ ok: false, rejection: decision.reject } as const)
      : replyOf(decision.reply, handedOn)
    const fields = events.length === 0 ? null : (definition.fields?.(folded) ?? null)
    return { state: folded, events, shape, effects, fields, reply }
  } catch (cause) {
    if (isFault(cause)) throw cause
    throw new RuntimeFault('handler-failed', `${address} failed on ${command.data.type}: ${errorText(cause)}`, {
      address,
      cause,
    })
  }
}
