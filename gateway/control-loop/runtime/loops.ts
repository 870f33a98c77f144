/** `/api/runtime/control-loops`: control loops, what happened to them, what they wait for, and what an order would do. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { alarmRef, CONTROL_LOOP, controlLoopRef } from '../../../actors/addresses.ts'
import type { AlarmState } from '../../../actors/alarm/protocol.ts'
import { participantField } from '../../../actors/control-loop/entity.ts'
import { permitReason } from '../../../actors/control-loop-definition/admission.ts'
import { concept, conceptOf, conceptText } from '../../../participants/protocol/concept.ts'
import type { Asking } from '../../asking.ts'
import type { GatewayParts } from '../../parts.ts'
import { Problem } from '../../problem.ts'
import { answers, type App } from '../../routes.ts'
import { historyPage, readHistory } from '../../runtime/entities.ts'
import { historyView, waitingView } from '../../runtime/entity-view.ts'
import { waitingOf } from '../../runtime/waiting.ts'
import { matchesPattern } from '../../scan.ts'
import type { ControlLoopReads } from '../reads.ts'
import { readLoopState, readOrderedState } from '../onap/shapes.ts'
import { orderProblem, participantsOf } from '../order-checks.ts'
import {
  loopDetails,
  loopSummary,
  participantHealth,
  participantTexts,
  plan,
  unknownHealth,
  viewDetails,
  viewHealth,
  viewPlan,
  viewSummary,
} from './loop-view.ts'
import { hasFields, mountList } from './list-route.ts'
import { plannedSteps } from './plan-preview.ts'

const tags = ['Control loops']
const path = '/api/runtime/control-loops'
const params = z.object({ name: concept.shape.name, version: concept.shape.version })
const id = z.string().min(1).meta({ description: '`<name>:<version>`' })

const oneRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}`,
  operationId: 'getControlLoop',
  tags,
  summary: 'A control loop: its elements, what is under way, what can be ordered',
  request: { params },
  responses: answers('The control loop', loopDetails),
})
const historyRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}/history`,
  operationId: 'getControlLoopHistory',
  tags,
  summary: 'What happened to a control loop, newest first, and why',
  request: { params, query: historyPage },
  responses: answers('A page of events', historyView),
})
const waitingRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}/waiting`,
  operationId: 'getControlLoopWaiting',
  tags,
  summary: 'What a control loop waits for, and how the participants are that it waits for',
  request: { params },
  responses: answers(
    'What it waits for; an empty list: nothing',
    waitingView.extend({ participants: z.array(participantHealth) }).meta({ id: 'ControlLoopWaiting' }),
  ),
})
const planRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}/plan`,
  operationId: 'planControlLoopOrder',
  tags,
  summary: 'What an order would do, without doing it: who is asked for which elements, phase by phase',
  request: { params, query: z.object({ orderedState: readOrderedState }) },
  responses: answers('The steps; an order that would be refused is refused here, too (409)', plan),
})

export const mountLoops = (app: App, parts: GatewayParts, asks: Asking, reads: ControlLoopReads): void => {
  const { queries } = parts
  const { stored, participants, commissioned } = reads

  const healthOf = async (texts: readonly string[]) => {
    const known = await participants.byIds(texts.map(conceptOf))
    const alarms = [...known.values()].flatMap(({ alarmId }) => alarmId ?? [])
    const views = await asks.read(queries.entities<AlarmState>(alarms.map(alarmRef)))
    const raised = new Map(views.map((view, index) => [alarms[index], view?.state.raisedAtMs]))
    return texts.map((text) => {
      const one = known.get(text)
      return one ? viewHealth(one, one.alarmId === null ? undefined : raised.get(one.alarmId)) : unknownHealth(text)
    })
  }

  mountList(app, queries, asks, {
    path,
    operationId: 'listControlLoops',
    tags,
    summary: 'Control loops by name, page by page',
    description: 'A page of control loops',
    id: 'ControlLoopPage',
    name: 'controlLoops',
    item: loopSummary,
    asked: {
      name: z.string().optional().meta({ description: 'with `*` for anything' }),
      state: readLoopState.optional(),
      orderedState: readOrderedState.optional(),
      definition: id.optional(),
      participant: id.optional(),
    },
    find: ({ name, state, orderedState: ordered, definition, participant }) => ({
      query: {
        kind: CONTROL_LOOP,
        ...(participant
          ? { field: participantField(participant) }
          : definition
            ? { field: 'definition', equals: definition }
            : state
              ? { field: 'state', equals: state }
              : { field: 'id' }),
      },
      keep: (row) =>
        (name === undefined || matchesPattern(row.fields['name'] ?? '', name)) &&
        hasFields(row, { state, orderedState: ordered, definition })
          ? viewSummary(row)
          : undefined,
    }),
  })
  app.openapi(oneRoute, async (c) => c.json(viewDetails(await stored.one(c.req.valid('param'))), 200))
  app.openapi(historyRoute, async (c) => {
    const ref = controlLoopRef(c.req.valid('param'))
    return c.json(await readHistory(parts, asks, ref, c.req.valid('query'), c.req.path), 200)
  })
  app.openapi(waitingRoute, async (c) => {
    const loop = await stored.one(c.req.valid('param'))
    const waiting = await waitingOf(controlLoopRef(loop.id), queries, asks)
    const awaited = new Set(waiting.waiting.map(({ on }) => on))
    const texts = participantTexts(loop).filter((text) => loop.permitMissing || awaited.has(`participant/${text}`))
    return c.json({ ...waiting, participants: await healthOf(texts) }, 200)
  })
  app.openapi(planRoute, async (c) => {
    const loop = await stored.one(c.req.valid('param'))
    const ordered = c.req.valid('query').orderedState
    const types = await participants.typesOf(participantsOf([loop]).map(conceptText))
    const problem = orderProblem(loop, ordered, types)
    if (problem)
      throw new Problem({
        ...problem,
        status: 409,
        details: { state: loop.state, orderable: viewDetails(loop).orderable },
      })
    const definition = loop.spec && (await commissioned.definition(loop.spec.definition))
    const { template = null, revision = 0, definition: type = null } = definition ?? {}
    const permit = template && type ? { template, revision, elements: type.elements, arrivals: {} } : null
    const reason = definition && !loop.permit ? permitReason(definition, participantsOf([loop])) : undefined
    const steps = plannedSteps(loop, ordered, permit)
    return c.json(viewPlan(loop, ordered, steps, reason === undefined ? [] : [reason]), 200)
  })
}
