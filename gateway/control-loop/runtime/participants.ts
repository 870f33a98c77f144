/** `/api/runtime/participants`: who carries elements, how they are, and in which mode they are to be. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { alarmRef, CONTROL_LOOP, PARTICIPANT, participantRef } from '../../../actors/addresses.ts'
import type { AlarmState } from '../../../actors/alarm/protocol.ts'
import { participantField } from '../../../actors/control-loop/entity.ts'
import type { ModeReply, ParticipantCommand, ParticipantState } from '../../../actors/participant/protocol.ts'
import { concept, type Concept, conceptText } from '../../../participants/protocol/concept.ts'
import { healthStatus, participantState } from '../../../participants/protocol/states.ts'
import type { Asking } from '../../asking.ts'
import { jsonBody } from '../../body.ts'
import { nearestNames } from '../../hints.ts'
import type { GatewayParts } from '../../parts.ts'
import { notFound, Problem } from '../../problem.ts'
import { accepted } from '../../refusals.ts'
import { problemErrors, type App } from '../../routes.ts'
import { scan } from '../../scan.ts'
import { loopSummary, viewSummary } from './loop-view.ts'
import { nextPage, pageOf, pageQuery } from './pages.ts'
import { orderedMode, participantDetails, participantSummary, viewParticipant, viewRow } from './participant-view.ts'

const tags = ['Control loops']
const path = '/api/runtime/participants'
const params = z.object({ name: concept.shape.name, version: concept.shape.version })
/** For hints. */
const NAMES_MAX = 500

const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  200: { description, content: { 'application/json': { schema } } },
  ...problemErrors,
})

const listRoute = createRoute({
  method: 'get',
  path,
  operationId: 'listParticipants',
  tags,
  summary: 'Participants of control loops, page by page',
  request: {
    query: z.object({
      participantType: z.string().optional().meta({ description: '`<name>:<version>`' }),
      healthStatus: healthStatus.optional(),
      state: participantState.optional(),
      ...pageQuery,
    }),
  },
  responses: json(
    'A page of participants',
    z.object({ participants: z.array(participantSummary), next: nextPage }).meta({ id: 'ParticipantPage' }),
  ),
})
const oneRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}`,
  operationId: 'getParticipant',
  tags,
  summary: 'A participant: how it is, what it knows, what it counted',
  request: { params },
  responses: json('The participant', participantDetails),
})
const loopsRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}/control-loops`,
  operationId: 'listParticipantControlLoops',
  tags,
  summary: 'The control loops that have elements on a participant, page by page',
  request: { params, query: z.object(pageQuery) },
  responses: json(
    'A page of control loops',
    z.object({ controlLoops: z.array(loopSummary), next: nextPage }).meta({ id: 'ParticipantControlLoopPage' }),
  ),
})
const modeRoute = (bytesMax: number) =>
  createRoute({
    method: 'put',
    path: `${path}/{name}/{version}/state`,
    operationId: 'orderParticipantState',
    tags,
    summary: 'Order a participant into another mode',
    description:
      'PASSIVE: it rejects orders. SAFE: it only says what it would do. TEST: it does it in a test environment. ACTIVE: ' +
      'it does it. Participants of the first releases overlook the order.',
    middleware: jsonBody(bytesMax),
    request: {
      params,
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .object({ state: participantState.exclude(['UNKNOWN', 'TERMINATED']) })
              .meta({ id: 'ParticipantMode' }),
            example: { state: 'ACTIVE' },
          },
        },
      },
    },
    responses: json('It is ordered; `state` is what the participant said last', orderedMode),
  })

export const mountParticipants = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries, config } = parts
  const missing = async (id: Concept): Promise<Problem> => {
    const { items } = await scan(queries, asks, { kind: PARTICIPANT, field: 'id' }, NAMES_MAX, (rows) =>
      rows.map((row) => row.id),
    )
    return notFound(`there is no participant ${conceptText(id)}`, { nearest: nearestNames(conceptText(id), items) })
  }
  const one = async (id: Concept): Promise<ParticipantState> => {
    const state = (await asks.read(queries.entity<ParticipantState>(participantRef(id))))?.state
    if (state?.participantType) return state
    throw await missing(id)
  }
  const raisedAt = async (alarmId: string | null): Promise<number | undefined> =>
    alarmId === null ? undefined : (await asks.read(queries.entity<AlarmState>(alarmRef(alarmId))))?.state.raisedAtMs

  app.openapi(listRoute, async (c) => {
    const { participantType, healthStatus: health, state, ...page } = c.req.valid('query')
    const by = participantType ? { field: 'participantType', equals: participantType } : { field: 'id' }
    const { items, next } = await pageOf(queries, asks, { kind: PARTICIPANT, ...by }, page, (row) =>
      (health ?? row.fields['healthStatus']) === row.fields['healthStatus'] &&
      (state ?? row.fields['state']) === row.fields['state']
        ? viewRow(row)
        : undefined,
    )
    return c.json({ participants: [...items], ...(next === undefined ? {} : { next }) }, 200)
  })
  app.openapi(oneRoute, async (c) => {
    const state = await one(c.req.valid('param'))
    return c.json(viewParticipant(state, await raisedAt(state.alarmId)), 200)
  })
  app.openapi(loopsRoute, async (c) => {
    const { id } = await one(c.req.valid('param'))
    const query = { kind: CONTROL_LOOP, field: participantField(conceptText(id)) }
    const { items, next } = await pageOf(queries, asks, query, c.req.valid('query'), viewSummary)
    return c.json({ controlLoops: [...items], ...(next === undefined ? {} : { next }) }, 200)
  })
  app.openapi(modeRoute(config.bodyBytesMax), async (c) => {
    const id = c.req.valid('param')
    const command: ParticipantCommand = { type: 'set-mode', state: c.req.valid('json').state }
    const reply = await asks.ask<ModeReply>(participantRef(id), command)
    if (!reply.ok && reply.rejection.code === 'participant-not-found') throw await missing(id)
    if (!reply.ok && reply.rejection.code === 'participant-not-registered')
      throw new Problem({ status: 409, code: reply.rejection.code, message: reply.rejection.reason })
    return c.json(accepted(reply, 'rest'), 200)
  })
}
