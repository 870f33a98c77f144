/** Any entity: its state, its history with the cause of each event, and what it waits for. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { refText, type EntityRef } from '../../runtime/entity.ts'
import type { Asking } from '../asking.ts'
import { nearestNames } from '../hints.ts'
import type { GatewayParts } from '../parts.ts'
import { notFound } from '../problem.ts'
import { answers, limitParam, problemErrors, type App } from '../routes.ts'
import { entityView, historyView, viewEntity, viewHistory, waitingView } from './entity-view.ts'
import { waitingOf } from './waiting.ts'

const HISTORY_LIMIT_MAX = 500
const params = z.object({ kind: z.string(), id: z.string() })
export const historyPage = z.object({
  before: z.coerce.number().int().min(1).optional().meta({ description: 'only events with a smaller number' }),
  limit: limitParam(HISTORY_LIMIT_MAX, 50),
})

const entityRoute = createRoute({
  method: 'get',
  path: '/api/runtime/entities/{kind}/{id}',
  operationId: 'getEntity',
  tags: ['Runtime'],
  summary: 'An entity: its state, its version, its timers',
  request: { params },
  responses: answers('The entity as it is stored', entityView),
})

const historyRoute = createRoute({
  method: 'get',
  path: '/api/runtime/entities/{kind}/{id}/history',
  operationId: 'getEntityHistory',
  tags: ['Runtime'],
  summary: 'The events of an entity, newest first, each with who or what caused it',
  request: { params, query: historyPage },
  responses: answers('A page of events', historyView),
})

const waitingRoute = createRoute({
  method: 'get',
  path: '/api/runtime/entities/{kind}/{id}/waiting',
  operationId: 'getEntityWaiting',
  tags: ['Runtime'],
  summary: 'Why an entity is waiting: for what, since when, what happens next by itself',
  request: { params },
  responses: {
    200: {
      description: 'What it waits for; an empty list: nothing',
      content: { 'application/json': { schema: waitingView } },
    },
    ...problemErrors,
  },
})

export const readHistory = async (
  parts: GatewayParts,
  { read }: Asking,
  ref: EntityRef,
  { before, limit }: z.infer<typeof historyPage>,
  path: string,
) => {
  const events = await read(parts.queries.history(ref, { limit, ...(before === undefined ? {} : { before }) }))
  if (events.length === 0 && !(await read(parts.queries.entity(ref)))) throw notFound(`there is no ${refText(ref)}`)
  return viewHistory(ref, events, limit, path)
}

export const mountEntities = (app: App, parts: GatewayParts, asking: Asking): void => {
  const { queries } = parts
  const known = (ref: EntityRef): EntityRef => {
    if (queries.kinds.has(ref.kind)) return ref
    throw notFound(`there is no kind of entity ${JSON.stringify(ref.kind)}`, {
      kinds: [...queries.kinds.keys()],
      nearest: nearestNames(ref.kind, queries.kinds.keys()),
    })
  }

  app.openapi(entityRoute, async (c) => {
    const ref = known(c.req.valid('param'))
    const view = await asking.read(queries.entity(ref))
    if (!view) throw notFound(`there is no ${refText(ref)}`)
    return c.json(viewEntity(ref, view), 200)
  })
  app.openapi(historyRoute, async (c) => {
    const ref = known(c.req.valid('param'))
    return c.json(await readHistory(parts, asking, ref, c.req.valid('query'), c.req.path), 200)
  })
  app.openapi(waitingRoute, async (c) => {
    const ref = known(c.req.valid('param'))
    return c.json(await waitingOf(ref, queries, asking), 200)
  })
}
