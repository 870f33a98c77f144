/** `/api/runtime/alarms`: what doesn't get on by itself, and who has taken notice. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { ALARM, alarmRef } from '../../../actors/addresses.ts'
import type { AlarmCommand, AlarmState } from '../../../actors/alarm/protocol.ts'
import type { Asking } from '../../asking.ts'
import { jsonBody } from '../../body.ts'
import type { GatewayParts } from '../../parts.ts'
import { notFound } from '../../problem.ts'
import { accepted } from '../../refusals.ts'
import { answers, type App } from '../../routes.ts'
import { alarmSummary, alarmView, viewAlarm, viewAlarmRow } from './alarm-view.ts'
import { hasFields, mountList } from './list-route.ts'

const tags = ['Alarms']
const path = '/api/runtime/alarms'
const params = z.object({ id: z.string() })

const oneRoute = createRoute({
  method: 'get',
  path: `${path}/{id}`,
  operationId: 'getAlarm',
  tags,
  summary: 'An alarm',
  request: { params },
  responses: answers('The alarm', alarmView),
})
const ackRoute = (bytesMax: number, word: 'acknowledge' | 'unacknowledge') =>
  createRoute({
    method: 'post',
    path: `${path}/{id}/${word}`,
    operationId: `${word}Alarm`,
    tags,
    summary: word === 'acknowledge' ? 'Take notice of an alarm' : 'Take that back',
    middleware: jsonBody(bytesMax),
    request: {
      params,
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z.object({ userId: z.string().min(1).max(200) }).meta({ id: 'AlarmAcknowledgement' }),
            example: { userId: 'ada' },
          },
        },
      },
    },
    responses: answers('The alarm as it is now', alarmView),
  })

export const mountAlarms = (app: App, { queries, config }: GatewayParts, asks: Asking): void => {
  const missing = (id: string) => notFound(`there is no alarm ${JSON.stringify(id.slice(0, 100))} (any more)`)

  mountList(app, queries, asks, {
    path,
    operationId: 'listAlarms',
    tags,
    summary: 'Alarms, the newest first, page by page; cleared ones are there for some days',
    description: 'A page of alarms',
    id: 'AlarmPage',
    name: 'alarms',
    item: alarmSummary,
    asked: {
      state: z.enum(['RAISED', 'CLEARED']).optional(),
      ackState: z.enum(['ACKNOWLEDGED', 'UNACKNOWLEDGED']).optional(),
      objectInstance: z
        .string()
        .min(1)
        .optional()
        .meta({ description: 'of the entity: `control-loop/<name>:<version>`' }),
    },
    find: ({ objectInstance, ...fields }) => ({
      query: {
        kind: ALARM,
        descending: true,
        ...(objectInstance ? { field: 'objectInstance', equals: objectInstance } : { field: 'raisedTime' }),
      },
      keep: (row) => (hasFields(row, fields) ? viewAlarmRow(row) : undefined),
    }),
  })
  app.openapi(oneRoute, async (c) => {
    const { id } = c.req.valid('param')
    const view = viewAlarm((await asks.read(queries.entity<AlarmState>(alarmRef(id))))?.state)
    if (!view) throw missing(id)
    return c.json(view, 200)
  })
  for (const word of ['acknowledge', 'unacknowledge'] as const)
    app.openapi(ackRoute(config.bodyBytesMax, word), async (c) => {
      const { id } = c.req.valid('param')
      const command: AlarmCommand = { type: word, userId: c.req.valid('json').userId }
      const reply = await asks.ask<AlarmState>(alarmRef(id), command)
      const view =
        reply.ok || reply.rejection.code !== 'alarm-not-found' ? viewAlarm(accepted(reply, 'rest')) : undefined
      if (!view) throw missing(id)
      return c.json(view, 200)
    })
}
