/** How an assembly takes an order: one process at a time, refused with what would be right. */
import type { Context, Decision, Effect, Rejection } from '../../runtime/entity.ts'
import { assemblyRef, processRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import type { Plan } from '../model/plan.ts'
import type { ProcessCommand } from '../process/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import { previewIntent } from './planning.ts'
import type { AssemblyCommand, AssemblyEvent, AssemblyState, IntentReply, PlanOutline } from './protocol.ts'

type Decided = Decision<AssemblyEvent>
type Order = Extract<AssemblyCommand, { type: 'request-intent' }>

export const requestIntent = (state: AssemblyState, order: Order, config: ActorsConfig, context: Context): Decided => {
  if (state.role === 'nested') return handOn(state, order)
  const known = order.idempotency && state.orders.find(({ key }) => key === order.idempotency?.key)
  if (known) return repeated(state, order, known)
  const refusal = order.idempotency && state.refusals.find(({ key }) => key === order.idempotency?.key)
  if (refusal) return refusedBefore(order, refusal)
  const planned = previewIntent(state, order, () => context.newId(), config)
  if (planned.rejection) return rememberingRefusal(state, order, planned.rejection, context)
  return accepted(state, order, planned.plan, context)
}

/** The root answers for all that is below it. */
const handOn = (state: AssemblyState, order: Order): Decided => {
  if (order.intent.type === 'CreateAssembly')
    return refused(order, {
      code: 'invalid-name',
      reason: `'${state.name}' can't be an assembly's name: '__' separates the names of an assembly and its components`,
    })
  const root = state.name.slice(0, state.name.indexOf('__'))
  return { events: [], effects: [{ type: 'tell', to: assemblyRef(root), message: order, forwardReply: true }] }
}

const repeated = (state: AssemblyState, order: Order, known: AssemblyState['orders'][number]): Decided => {
  if (known.fingerprint !== order.idempotency?.fingerprint)
    return refused(order, {
      code: 'idempotency-key-reused',
      reason: `the idempotency key '${known.key}' was used for another order (process ${known.processId})`,
      details: { processId: known.processId },
    })
  const assemblyName = order.intent.assemblyName
  const assemblyId = ownEntry(state.topology.instances, assemblyName)?.id ?? ''
  const reply: IntentReply = { processId: known.processId, assemblyId, assemblyName, repeated: true }
  return { events: [], reply }
}

const refusedBefore = (order: Order, refusal: AssemblyState['refusals'][number]): Decided =>
  refusal.fingerprint === order.idempotency?.fingerprint
    ? { reject: refusal.rejection }
    : refused(order, {
        code: 'idempotency-key-reused',
        reason: `the idempotency key '${refusal.key}' was used for another order, which was refused`,
      })

/**
 * An order with a key has one outcome. A copy of it that is still under way, through another gateway that was cut off for
 * a while, say, must not be carried out after its sender has been told that it was refused. Of an assembly that isn't
 * there nothing is stored: anybody could fill the store with names.
 */
const rememberingRefusal = (state: AssemblyState, order: Order, rejection: Rejection, context: Context): Decided => {
  const { idempotency, policy } = order
  if (!idempotency || policy || state.presence === 'absent') return refused(order, rejection)
  return { reject: rejection, events: [{ type: 'order-refused', atMs: context.nowMs, idempotency, rejection }] }
}

const accepted = (state: AssemblyState, order: Order, plan: Plan, context: Context): Decided => {
  const { intent, processId, policy, idempotency } = order
  const atMs = context.nowMs
  const instanceOf = (name: string) =>
    plan.creates.find((created) => created.name === name) ?? ownEntry(state.topology.instances, name)
  const rootId = instanceOf(state.name)?.id ?? state.id
  const rootType = instanceOf(state.name)?.type ?? state.descriptorName
  const target = instanceOf(intent.assemblyName)
  const { tasks: _, ...outline }: Plan & { tasks: unknown } = plan
  const start: ProcessCommand = {
    type: 'start',
    assembly: { name: intent.assemblyName, id: target?.id ?? rootId, type: target?.type ?? rootType },
    root: { name: state.name, id: rootId, type: rootType },
    intent,
    plan,
    previous: intent.type === 'CreateAssembly' ? null : state.topology,
    requestedBy: policy ? `${policy.kind}/${policy.id}` : context.sender,
  }
  const event: AssemblyEvent = {
    type: 'intent-accepted',
    atMs,
    processId,
    intent,
    outline: outline satisfies PlanOutline,
    ...(intent.type === 'CreateAssembly' ? { created: { id: rootId, descriptors: order.descriptors ?? {} } } : {}),
    ...(idempotency ? { idempotency } : {}),
    ...(policy ? { policy } : {}),
  }
  return {
    events: [event],
    // From here on the history of everything that follows names this process.
    effects: [{ type: 'tell', to: processRef(processId), message: start, forwardReply: true, trace: processId }],
  }
}

/** Policies aren't asking for a reply: they are told, and rest for a while. */
const refused = (order: Order, rejection: Rejection): Decided => {
  if (!order.policy) return { reject: rejection }
  const { code, reason } = rejection
  return {
    events: [],
    effects: [tellPolicy(order.policy, { type: 'order-refused', processId: order.processId, code, reason })],
  }
}

type ToPolicy =
  | { readonly type: 'order-refused'; readonly processId: string; readonly code: string; readonly reason: string }
  | { readonly type: 'order-ended'; readonly processId: string; readonly status: string }

export const tellPolicy = (policy: NonNullable<Order['policy']>, message: ToPolicy): Effect => ({
  type: 'tell',
  to: policy,
  message,
})
