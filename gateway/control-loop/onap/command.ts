/** `PUT /onap/controlloop/v2/instantiation/command`: into which state control loops are to go. */
import { createRoute } from '@hono/zod-openapi'
import { controlLoopRef } from '../../../actors/addresses.ts'
import { participantsInFields } from '../../../actors/control-loop/entity.ts'
import type { LoopCommand, LoopReply, LoopState } from '../../../actors/control-loop/protocol.ts'
import { leadsUp } from '../../../actors/control-loop/transition-table.ts'
import { type Concept, conceptText } from '../../../participants/protocol/concept.ts'
import { ORDERED_STATES, type OrderedState } from '../../../participants/protocol/states.ts'
import type { Asking } from '../../asking.ts'
import type { GatewayParts } from '../../parts.ts'
import { badRequest, Problem } from '../../problem.ts'
import type { App } from '../../routes.ts'
import { inParallel } from '../in-parallel.ts'
import { isClearlyOrderable, orderProblem, participantsOf } from '../order-checks.ts'
import type { RegisteredParticipants } from '../registered-participants.ts'
import type { StoredLoops } from '../stored-loops.ts'
import { jsonOrYamlBody } from './body.ts'
import { requestIdOf } from './edge.ts'
import { COMMAND_EXAMPLE, INSTANTIATED_EXAMPLE } from './examples.ts'
import { affected, ORDERS_AT_A_TIME } from './instantiation.ts'
import { acceptedByOnap, BASE, ordered, keyedHeaders } from './responses.ts'
import { command, instantiationResponse } from './shapes.ts'

const commandRoute = (bytesMax: number) =>
  createRoute({
    method: 'put',
    path: `${BASE}/instantiation/command`,
    operationId: 'orderControlLoops',
    tags: ['Control loops: instantiation'],
    summary: 'Order control loops into a state; none is ordered if one of them can’t be',
    middleware: jsonOrYamlBody(bytesMax),
    request: {
      headers: keyedHeaders,
      body: {
        required: true,
        content: {
          'application/json': { schema: command, example: COMMAND_EXAMPLE },
          'application/yaml': { schema: command, example: COMMAND_EXAMPLE },
        },
      },
    },
    responses: ordered(
      'They are ordered; GET …/instantiation shows how far they are',
      instantiationResponse.meta({ example: INSTANTIATED_EXAMPLE }),
    ),
  })

/** @throws {Problem} 400 if one of them has taken the key for something else */
const refuseReused = (loops: readonly LoopState[], key: string | undefined, ordered: OrderedState): void => {
  const taken = loops.find(({ keys }) => keys.some((each) => each.key === key && each.what !== ordered))
  if (taken)
    throw badRequest(
      'idempotency-key-reused',
      `nothing was ordered: this Idempotency-Key was used for another order of ${conceptText(taken.id)}; use a new key for a new order`,
      { ...taken.id },
    )
}

export const mountCommand = (
  app: App,
  { config }: GatewayParts,
  { ask }: Asking,
  participants: RegisteredParticipants,
  stored: StoredLoops,
): void => {
  /** Those of which the lists alone don't show that they may be ordered there. */
  const doubtfulOf = async (ids: readonly Concept[], ordered: OrderedState): Promise<readonly Concept[]> => {
    const found = await stored.fieldsOf(ids)
    const needed = new Set(found.flatMap((fields) => (fields ? participantsInFields(fields) : []).map(([id]) => id)))
    const types = await participants.recentTypesOf(needed)
    return ids.filter((_, index) => {
      const fields = found[index]
      return !fields || !isClearlyOrderable(fields, ordered, types)
    })
  }
  /** @throws {Problem} 404 */
  const loopsOf = async (ids: readonly Concept[]): Promise<readonly LoopState[]> => {
    const states = await stored.byIds(ids)
    const missing = ids.find((_, index) => !states[index])
    if (missing) throw await stored.missing(missing)
    return states.filter((state) => state !== undefined)
  }
  /** @throws {Problem} 400, 406 */
  const check = async (loops: readonly LoopState[], ordered: OrderedState): Promise<void> => {
    const types = await participants.typesOf(participantsOf(loops).map(conceptText))
    const isUp = loops.some(({ state }) => leadsUp(state, ordered))
    if (isUp && types.size === 0 && !(await participants.areThereAny()))
      throw badRequest('no-participants', 'No participants registered')
    for (const loop of loops) {
      const problem = orderProblem(loop, ordered, types)
      if (!problem) continue
      const { code, message } = problem
      throw new Problem({
        status: code === 'illegal-transition' ? 406 : 400,
        code,
        message: `nothing was ordered: ${message}`,
        details: { ...loop.id, state: loop.state },
      })
    }
  }

  app.openapi(commandRoute(config.bodyBytesMax), async (c) => {
    const { orderedState, controlLoopIdentifierList } = c.req.valid('json')
    if (!orderedState)
      throw badRequest('no-ordered-state', `orderedState is missing: one of ${ORDERED_STATES.join(', ')}`)
    const ids = [...new Map((controlLoopIdentifierList ?? []).map((id) => [conceptText(id), id])).values()]
    if (ids.length === 0)
      throw new Problem({
        status: 406,
        code: 'no-control-loops',
        message: 'controlLoopIdentifierList is empty: it names the control loops that are to be ordered',
      })
    const key = c.req.valid('header')['idempotency-key']
    // Only the loops themselves know which keys they have taken.
    const doubtful = key === undefined ? await doubtfulOf(ids, orderedState) : ids
    if (doubtful.length > 0) {
      const loops = await loopsOf(doubtful)
      refuseReused(loops, key, orderedState)
      // Those that have taken it already answer for themselves.
      const fresh = loops.filter(({ keys }) => !keys.some((each) => each.key === key))
      if (fresh.length > 0) await check(fresh, orderedState)
    }
    const order: LoopCommand = { type: 'order', orderedState, ...(key === undefined ? {} : { key }) }
    const done: Concept[] = []
    await inParallel(ids, ORDERS_AT_A_TIME, async (id) => {
      const reply = await ask<LoopReply>(controlLoopRef(id), order, requestIdOf(c))
      acceptedByOnap(reply, { ...id, affectedControlLoops: done })
      done.push(id)
    })
    return c.json(affected(ids), 202)
  })
}
