/** Messages that could not be handled: list them, look into one, handle it again, throw it away. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { DeadLetterView } from '../../runtime/client.ts'
import type { DeadLetterRow } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import { jsonValue } from '../json-text.ts'
import type { GatewayParts } from '../parts.ts'
import { notFound } from '../problem.ts'
import { answers, limitParam, problemErrors, timeText, type App } from '../routes.ts'

const summary = z
  .object({
    id: z.string(),
    shard: z.number().int(),
    at: z.string(),
    to: z.string().meta({ description: 'the entity that it was for; empty if it could not be read that far' }),
    reason: z.string(),
    error: z.string(),
    bytes: z.number().int(),
  })
  .meta({ id: 'DeadLetter' })

const inside = summary
  .extend({
    message: z.unknown().meta({ description: 'decoded as far as it can be' }),
    sender: z.string().optional(),
    trace: z.string().optional(),
    base64: z.string().meta({ description: 'the message as it came' }),
  })
  .meta({ id: 'DeadLetterContent' })

const viewSummary = ({ id, shard, atMs, to, reason, error, value }: DeadLetterRow): z.infer<typeof summary> => ({
  id,
  shard,
  at: timeText(atMs),
  to,
  reason,
  error,
  bytes: value.length,
})

const viewInside = (letter: DeadLetterView): z.infer<typeof inside> => ({
  ...viewSummary(letter),
  message: jsonValue(letter.message),
  ...(letter.sender === undefined ? {} : { sender: letter.sender }),
  ...(letter.trace === undefined ? {} : { trace: letter.trace }),
  base64: Buffer.from(letter.value).toString('base64'),
})

const params = z.object({ id: z.string() })
const base = { tags: ['Runtime'] }
const done = { 204: { description: 'Done' }, ...problemErrors }

const listRoute = createRoute({
  ...base,
  method: 'get',
  path: '/api/runtime/dead-letters',
  operationId: 'listDeadLetters',
  summary: 'Messages that could not be handled, newest first',
  request: { query: z.object({ shard: z.coerce.number().int().min(0).optional(), limit: limitParam(500, 50) }) },
  responses: answers('Dead letters', z.array(summary)),
})
const oneRoute = createRoute({
  ...base,
  method: 'get',
  path: '/api/runtime/dead-letters/{id}',
  operationId: 'getDeadLetter',
  summary: 'A dead letter with what is in it',
  request: { params },
  responses: answers('The dead letter', inside),
})
const replayRoute = createRoute({
  ...base,
  method: 'post',
  path: '/api/runtime/dead-letters/{id}/replay',
  operationId: 'replayDeadLetter',
  summary: 'Handle it again, once; if that fails it is a new dead letter',
  request: { params },
  responses: done,
})
const discardRoute = createRoute({
  ...base,
  method: 'delete',
  path: '/api/runtime/dead-letters/{id}',
  operationId: 'discardDeadLetter',
  summary: 'Throw it away',
  request: { params },
  responses: done,
})

export const mountDeadLetters = (app: App, { queries, deadLetters }: GatewayParts, { read }: Asking): void => {
  const missing = (id: string) => notFound(`there is no dead letter ${JSON.stringify(id)} (any more)`)

  app.openapi(listRoute, async (c) => {
    const { shard, limit } = c.req.valid('query')
    const rows = await read(queries.deadLetters({ limit, ...(shard === undefined ? {} : { shard }) }))
    return c.json(rows.map(viewSummary), 200)
  })
  app.openapi(oneRoute, async (c) => {
    const { id } = c.req.valid('param')
    const letter = await read(queries.deadLetter(id))
    if (!letter) throw missing(id)
    return c.json(viewInside(letter), 200)
  })
  app.openapi(replayRoute, async (c) => {
    const { id } = c.req.valid('param')
    if (!(await read(deadLetters.replay(id)))) throw missing(id)
    return c.body(null, 204)
  })
  app.openapi(discardRoute, async (c) => {
    const { id } = c.req.valid('param')
    if (!(await read(deadLetters.discard(id)))) throw missing(id)
    return c.body(null, 204)
  })
}
