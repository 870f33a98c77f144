/** `/onap/controlloop/v2/instantiationState` and `…/controlLoopPriming`: where control loops are to be, and which are primed. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { LoopState } from '../../../actors/control-loop/protocol.ts'
import { concept } from '../../../participants/protocol/concept.ts'
import { orderedState } from '../../../participants/protocol/states.ts'
import { notFound } from '../../problem.ts'
import type { App } from '../../routes.ts'
import { isPrimed } from '../loop-view.ts'
import type { StoredLoops } from '../stored-loops.ts'
import { BASE, filterQuery, notOne, ok, requestHeaders } from './responses.ts'

const tags = ['Control loops: instantiation']
const SHOWN_MAX = 2_000

const orderResponse = z
  .object({ orderedState, controlLoopIdentifierList: z.array(concept) })
  .meta({ id: 'ControlLoopOrderStateResponse' })
const primedResponse = z
  .object({ primedControlLoopsList: z.array(z.object({ ...concept.shape, primed: z.boolean() })) })
  .meta({ id: 'ControlLoopPrimedResponse' })

const orderRoute = createRoute({
  method: 'get',
  path: `${BASE}/instantiationState`,
  operationId: 'getInstantiationState',
  tags,
  summary: 'What was ordered of control loops: of one, or of several for which the same was ordered',
  request: { headers: requestHeaders, query: filterQuery },
  responses: ok('What was ordered', orderResponse),
})
const primingRoute = createRoute({
  method: 'get',
  path: `${BASE}/controlLoopPriming`,
  operationId: 'getControlLoopPriming',
  tags,
  summary: 'Which control loops are with their participants',
  request: { headers: requestHeaders, query: filterQuery },
  responses: ok('Control loops', primedResponse),
})

export const mountInstantiationState = (app: App, stored: StoredLoops): void => {
  const found = async (filter: z.infer<typeof filterQuery>): Promise<readonly LoopState[]> => {
    const { items } = await stored.byName(filter, SHOWN_MAX)
    if (items.length > 0) return items
    const { name = 'any', version = 'any' } = filter
    throw notFound(`Control Loop not found: name ${name}, version ${version}`)
  }

  app.openapi(orderRoute, async (c) => {
    const loops = await found(c.req.valid('query'))
    const ordered = new Set(loops.map((loop) => loop.orderedState))
    const [only] = ordered
    if (!only || ordered.size > 1)
      throw notOne('control loops, for which different states were ordered, are', loops.length, {
        ordered: [...ordered],
      })
    return c.json({ orderedState: only, controlLoopIdentifierList: loops.map(({ id }) => id) }, 200)
  })
  app.openapi(primingRoute, async (c) => {
    const loops = await found(c.req.valid('query'))
    return c.json({ primedControlLoopsList: loops.map((loop) => ({ ...loop.id, primed: isPrimed(loop) })) }, 200)
  })
}
