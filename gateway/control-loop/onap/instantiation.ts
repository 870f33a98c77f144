/** `/onap/controlloop/v2/instantiation`: control loops are made, changed, looked at and deleted. */
import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { controlLoopRef } from '../../../actors/addresses.ts'
import { type LoopCommand, type LoopReply, loopSpec, type LoopState } from '../../../actors/control-loop/protocol.ts'
import type { Finding } from '../../../actors/model/descriptor.ts'
import { type Concept, conceptText } from '../../../participants/protocol/concept.ts'
import type { Rejection } from '../../../runtime/entity.ts'
import type { Asking } from '../../asking.ts'
import type { GatewayParts } from '../../parts.ts'
import { badRequest, notFound, Problem } from '../../problem.ts'
import type { App } from '../../routes.ts'
import { inParallel } from '../in-parallel.ts'
import type { CheckedWish, CheckWishes } from '../loop-wishes.ts'
import { viewLoop } from '../loop-view.ts'
import type { StoredLoops } from '../stored-loops.ts'
import { jsonOrYamlBody } from './body.ts'
import { requestIdOf } from './edge.ts'
import { INSTANTIATED_EXAMPLE, LOOPS_EXAMPLE, SHOWN_EXAMPLE } from './examples.ts'
import { acceptedByOnap, BASE, filterQuery, keyedHeaders, nameQuery, notOne, ok, requestHeaders } from './responses.ts'
import { instantiationResponse, loops, wantedLoops } from './shapes.ts'

const tags = ['Control loops: instantiation']
const path = `${BASE}/instantiation`

/** Loops that one answer holds. `/api/runtime/control-loops` has them page by page. */
const SHOWN_MAX = 2_000
export const ORDERS_AT_A_TIME = 16

export const affected = (ids: readonly Concept[], warnings: readonly Finding[] = []) => ({
  affectedControlLoops: ids.map(({ name, version }) => ({ name, version })),
  ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
})

const changeRoute = <Headers extends z.ZodObject>(bytesMax: number, method: 'post' | 'put', headers: Headers) =>
  createRoute({
    method,
    path,
    operationId: method === 'post' ? 'createControlLoops' : 'changeControlLoops',
    tags,
    summary:
      method === 'post'
        ? 'New control loops; none is made if one of them is wrong'
        : 'Other elements or properties for control loops that are UNINITIALISED',
    middleware: jsonOrYamlBody(bytesMax),
    request: {
      headers,
      body: {
        required: true,
        content: {
          'application/json': { schema: wantedLoops, example: LOOPS_EXAMPLE },
          'application/yaml': { schema: wantedLoops, example: LOOPS_EXAMPLE },
        },
      },
    },
    responses: ok(
      method === 'post' ? 'They are there, UNINITIALISED' : 'They are changed',
      instantiationResponse.meta({ example: INSTANTIATED_EXAMPLE }),
    ),
  })
const listRoute = createRoute({
  method: 'get',
  path,
  operationId: 'getControlLoops',
  tags,
  summary: 'Control loops with their elements',
  request: { headers: requestHeaders, query: filterQuery },
  responses: ok('Control loops', loops.meta({ example: SHOWN_EXAMPLE })),
})
const deleteRoute = createRoute({
  method: 'delete',
  path,
  operationId: 'deleteControlLoop',
  tags,
  summary: 'Delete a control loop that is UNINITIALISED',
  request: { headers: requestHeaders, query: nameQuery.partial({ version: true }) },
  responses: ok('It is gone', instantiationResponse),
})

/** Why a loop can't become what is wished, as far as it is known before the loop itself is told. */
const changeProblem = ({ id, spec }: CheckedWish, state: LoopState): Rejection | undefined => {
  if (!state.spec || conceptText(spec.definition) !== conceptText(state.spec.definition))
    return {
      code: 'control-loop-of-another-definition',
      reason: `${conceptText(id)} is of ${state.spec ? conceptText(state.spec.definition) : 'no definition'}, which can't be changed: delete it and create it anew`,
    }
  const isUninitialised = state.state === 'UNINITIALISED' && state.orderedState === 'UNINITIALISED'
  // The loop compares them in the same way, in the order that its schema gives them.
  if (isUninitialised || JSON.stringify(loopSpec.parse(spec)) === JSON.stringify(state.spec)) return undefined
  return {
    code: 'control-loop-not-uninitialised',
    reason: `${conceptText(id)}: Control Loop State is still ${state.state}, ordered to ${state.orderedState}; it can be changed only while it is UNINITIALISED`,
  }
}

/**
 * One loop knows by itself; of several none is changed if one can't be.
 * @param states of the wishes, in their order
 */
const refuseUnchangeable = (wishes: readonly CheckedWish[], states: readonly (LoopState | undefined)[]): void => {
  if (wishes.length < 2) return
  for (const [index, wish] of wishes.entries()) {
    const state = states[index]
    const problem = state && changeProblem(wish, state)
    if (problem)
      throw badRequest(problem.code, `nothing was done: ${problem.reason}`, {
        path: `$.controlLoopList[${index}]`,
        ...wish.id,
      })
  }
}

interface Named {
  readonly name: string
  readonly version?: string | undefined
}

export const mountInstantiation = (
  app: App,
  { config }: GatewayParts,
  { ask }: Asking,
  check: CheckWishes,
  stored: StoredLoops,
): void => {
  /** The loops themselves have the last word; what is done before one of them refuses stays, and is told. */
  const tellAll = async (
    commands: readonly (readonly [Concept, LoopCommand])[],
    requestId: string,
  ): Promise<readonly Concept[]> => {
    const done: Concept[] = []
    await inParallel(commands, ORDERS_AT_A_TIME, async ([id, command], index) => {
      const reply = await ask<LoopReply>(controlLoopRef(id), command, requestId)
      acceptedByOnap(reply, { path: `$.controlLoopList[${index}]`, affectedControlLoops: done })
      done.push(id)
    })
    return commands.map(([id]) => id)
  }

  /** One loop knows by itself whether it is there; of several none is touched if one can't be. */
  const refuseExisting = async (ids: readonly Concept[], key: string | undefined): Promise<void> => {
    if (ids.length < 2) return
    // Those that this very request has made before answer for themselves.
    const there = (await stored.byIds(ids))
      .filter((state) => state !== undefined)
      .filter((state) => !state.keys.some((each) => each.key === key && each.what === 'create'))
    const [first] = there
    if (first)
      throw new Problem({
        status: 400,
        code: 'control-loop-exists',
        message: `nothing was done: control loop ${conceptText(first.id)} is already defined`,
        details: { existing: there.slice(0, 100).map(({ id }) => id) },
      })
  }

  app.openapi(changeRoute(config.bodyBytesMax, 'post', keyedHeaders), async (c) => {
    const { wishes, warnings } = await check(c.req.valid('json').controlLoopList)
    const key = c.req.valid('header')['idempotency-key']
    await refuseExisting(
      wishes.map(({ id }) => id),
      key,
    )
    const keyed = key === undefined ? {} : { key }
    const commands = wishes.map(({ id, spec }) => [id, { type: 'create', spec, ...keyed }] as const)
    return c.json(affected(await tellAll(commands, requestIdOf(c)), warnings), 200)
  })
  app.openapi(changeRoute(config.bodyBytesMax, 'put', requestHeaders), async (c) => {
    const { wishes, warnings } = await check(c.req.valid('json').controlLoopList)
    const states = await stored.byIds(wishes.map(({ id }) => id))
    const missing = wishes.find((_, index) => !states[index])
    if (missing) throw await stored.missing(missing.id)
    refuseUnchangeable(wishes, states)
    const commands = wishes.map(({ id, spec }) => [id, { type: 'edit', spec }] as const)
    return c.json(affected(await tellAll(commands, requestIdOf(c)), warnings), 200)
  })
  app.openapi(listRoute, async (c) => {
    const { items, partial } = await stored.byName(c.req.valid('query'), SHOWN_MAX)
    const controlLoopList = items.flatMap((state) => viewLoop(state) ?? [])
    return c.json({ controlLoopList, ...(partial ? { partial } : {}) }, 200)
  })
  /** The only one that is named so, if no version is given. */
  const oneNamed = async ({ name, version }: Named): Promise<Concept> => {
    if (version !== undefined) return { name, version }
    const { items } = await stored.byName({ name }, 2)
    const [only] = items
    if (!only) throw notFound(`Control Loop not found: ${name}`)
    if (items.length > 1) throw notOne(`control loops named ${name} are`, items.length)
    return only.id
  }

  app.openapi(deleteRoute, async (c) => {
    const id = await oneNamed(c.req.valid('query'))
    const reply = await ask<LoopReply>(controlLoopRef(id), { type: 'delete' }, requestIdOf(c))
    if (!reply.ok && reply.rejection.code === 'control-loop-not-found') throw await stored.missing(id)
    acceptedByOnap(reply)
    return c.json(affected([id]), 200)
  })
}
