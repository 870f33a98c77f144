/** `/api/runtime/control-loops`: control loops, what happened to them, what they wait for, and what an order would do. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { alarmRef, CONTROL_LOOP, controlLoopRef } from '../../../actors/addresses.ts'
import type { AlarmState } from '../../../actors/alarm/protocol.ts'
import { participantField } from '../../../actors/control-loop/entity.ts'
import { orderRefusal } from '../../../actors/control-loop/transition-table.ts'
import { permitReason } from '../../../actors/control-loop-definition/admission.ts'
import { concept, conceptOf, conceptText } from '../../../participants/protocol/concept.ts'
import { loopState, orderedState } from '../../../participants/protocol/states.ts'
import type { Asking } from '../../asking.ts'
import type { GatewayParts } from '../../parts.ts'
import { Problem } from '../../problem.ts'
import { problemErrors, type App } from '../../routes.ts'
import { historyPage, readHistory } from '../../runtime/entities.ts'
import { historyView, waitingView } from '../../runtime/entity-view.ts'
import { waitingOf } from '../../runtime/waiting.ts'
import { matchesPattern } from '../../scan.ts'
import type { ControlLoopReads } from '../reads.ts'
import { readOrderedState } from '../onap/shapes.ts'
import { participantsOf } from '../order-checks.ts'
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
import { nextPage, pageOf, pageQuery } from './pages.ts'
import { plannedSteps } from './plan-preview.ts'

const tags = ['Control loops']
const path = '/api/runtime/control-loops'
const params = z.object({ name: concept.shape.name, version: concept.shape.version })
const id = z.string().meta({ description: '`<name>:<version>`' })

const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  200: { description, content: { 'application/json': { schema } } },
  ...problemErrors,
})

const listRoute = createRoute({
  method: 'get',
  path,
  operationId: 'listControlLoops',
  tags,
  summary: 'Control loops by name, page by page',
  request: {
    query: z.object({
      name: z.string().optional().meta({ description: 'with `*` for anything' }),
      state: loopState.optional(),
      orderedState: orderedState.optional(),
      definition: id.optional(),
      participant: id.optional(),
      ...pageQuery,
    }),
  },
  responses: json(
    'A page of control loops',
    z.object({ controlLoops: z.array(loopSummary), next: nextPage }).meta({ id: 'ControlLoopPage' }),
  ),
})
const oneRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}`,
  operationId: 'getControlLoop',
  tags,
  summary: 'A control loop: its elements, what is under way, what can be ordered',
  request: { params },
  responses: json('The control loop', loopDetails),
})
const historyRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}/history`,
  operationId: 'getControlLoopHistory',
  tags,
  summary: 'What happened to a control loop, newest first, and why',
  request: { params, query: historyPage },
  responses: json('A page of events', historyView),
})
const waitingRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}/waiting`,
  operationId: 'getControlLoopWaiting',
  tags,
  summary: 'What a control loop waits for, and how the participants are that it waits for',
  request: { params },
  responses: json(
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
  responses: json('The steps; an order that would be refused is refused here, too (409)', plan),
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

  app.openapi(listRoute, async (c) => {
    const { name, state, orderedState: ordered, definition, participant, ...page } = c.req.valid('query')
    const by = participant
      ? { field: participantField(participant) }
      : definition
        ? { field: 'definition', equals: definition }
        : state
          ? { field: 'state', equals: state }
          : { field: 'id' }
    const found = await pageOf(queries, asks, { kind: CONTROL_LOOP, ...by }, page, (row) =>
      (name === undefined || matchesPattern(row.fields['name'] ?? '', name)) &&
      (state ?? row.fields['state']) === row.fields['state'] &&
      (ordered ?? row.fields['orderedState']) === row.fields['orderedState'] &&
      (definition ?? row.fields['definition']) === row.fields['definition']
        ? viewSummary(row)
        : undefined,
    )
    return c.json({ controlLoops: [...found.items], ...(found.next === undefined ? {} : { next: found.next }) }, 200)
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
    const refusal = orderRefusal(loop, ordered)
    if (refusal !== undefined)
      throw new Problem({
        status: 409,
        code: 'illegal-transition',
        message: `${conceptText(loop.id)}: ${refusal}`,
        details: { state: loop.state, orderable: viewDetails(loop).orderable },
      })
    const definition = loop.spec && (await commissioned.definition(loop.spec.definition))
    const { template = null, revision = 0, definition: type = null } = definition ?? {}
    const permit = template && type ? { template, revision, elements: type.elements } : null
    const reason = definition && !loop.permit ? permitReason(definition, participantsOf([loop])) : undefined
    const steps = plannedSteps(loop, ordered, permit)
    return c.json(viewPlan(loop, ordered, steps, reason === undefined ? [] : [reason]), 200)
  })
}
