/** `/api/runtime/participants`: who carries elements, how they are, and in which mode they are to be. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { alarmRef, CONTROL_LOOP, PARTICIPANT, participantRef } from '../../../actors/addresses.ts'
import type { AlarmState } from '../../../actors/alarm/protocol.ts'
import { participantField } from '../../../actors/control-loop/entity.ts'
import type {
  ModeReply,
  ParticipantCommand,
  ParticipantState,
  RemovedReply,
} from '../../../actors/participant/protocol.ts'
import { concept, type Concept, conceptText } from '../../../participants/protocol/concept.ts'
import { healthStatus, participantState } from '../../../participants/protocol/states.ts'
import type { Asking } from '../../asking.ts'
import { jsonBody } from '../../body.ts'
import { nearestNames } from '../../hints.ts'
import type { GatewayParts } from '../../parts.ts'
import { notFound, Problem } from '../../problem.ts'
import { accepted } from '../../refusals.ts'
import { answers, type App } from '../../routes.ts'
import { scan } from '../../scan.ts'
import { loopSummary, viewSummary } from './loop-view.ts'
import { hasFields, mountList } from './list-route.ts'
import { orderedMode, participantDetails, participantSummary, viewParticipant, viewRow } from './participant-view.ts'

const tags = ['Control loops']
const path = '/api/runtime/participants'
const params = z.object({ name: concept.shape.name, version: concept.shape.version })
/** For hints. */
const NAMES_MAX = 500

const oneRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}`,
  operationId: 'getParticipant',
  tags,
  summary: 'A participant: how it is, what it knows, what it counted',
  request: { params },
  responses: answers('The participant', participantDetails),
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
    responses: answers('It is ordered; `state` is what the participant said last', orderedMode),
  })

const removed = concept.meta({ id: 'RemovedParticipant' })
const removeRoute = createRoute({
  method: 'delete',
  path: `${path}/{name}/{version}`,
  operationId: 'removeParticipant',
  tags,
  summary: 'Remove a participant that is OFF_LINE and won’t come back; its alarm is cleared',
  description: 'All others deregister themselves. If it does come back, it is there again.',
  request: { params },
  responses: answers('It is removed', removed),
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

  mountList(app, queries, asks, {
    path,
    operationId: 'listParticipants',
    tags,
    summary: 'Participants of control loops, page by page',
    description: 'A page of participants',
    id: 'ParticipantPage',
    name: 'participants',
    item: participantSummary,
    asked: {
      participantType: z.string().min(1).optional().meta({ description: '`<name>:<version>`' }),
      healthStatus: healthStatus.optional(),
      state: participantState.optional(),
    },
    find: ({ participantType, ...fields }) => ({
      query: {
        kind: PARTICIPANT,
        ...(participantType ? { field: 'participantType', equals: participantType } : { field: 'id' }),
      },
      keep: (row) => (hasFields(row, fields) ? viewRow(row) : undefined),
    }),
  })
  mountList(app, queries, asks, {
    path: `${path}/{name}/{version}/control-loops`,
    operationId: 'listParticipantControlLoops',
    tags,
    summary: 'The control loops that have elements on a participant, page by page',
    description: 'A page of control loops',
    id: 'ParticipantControlLoopPage',
    name: 'controlLoops',
    item: loopSummary,
    asked: concept.shape,
    params: ['name', 'version'],
    find: async (id) => {
      await one(id)
      return { query: { kind: CONTROL_LOOP, field: participantField(conceptText(id)) }, keep: viewSummary }
    },
  })
  app.openapi(oneRoute, async (c) => {
    const state = await one(c.req.valid('param'))
    return c.json(viewParticipant(state, await raisedAt(state.alarmId)), 200)
  })
  app.openapi(removeRoute, async (c) => {
    const id = c.req.valid('param')
    const command: ParticipantCommand = { type: 'remove' }
    const reply = await asks.ask<RemovedReply>(participantRef(id), command)
    if (!reply.ok && reply.rejection.code === 'participant-not-found') throw await missing(id)
    if (!reply.ok && reply.rejection.code === 'participant-not-off-line')
      throw new Problem({ status: 409, code: reply.rejection.code, message: reply.rejection.reason })
    return c.json(accepted(reply, 'rest'), 200)
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
