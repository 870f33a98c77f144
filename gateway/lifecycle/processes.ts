/** `/api/processes`: what becomes of orders. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { PROCESS, processRef } from '../../actors/addresses.ts'
import { processStatus } from '../../actors/assembly/protocol.ts'
import { intent } from '../../actors/model/intent.ts'
import type { ProcessState } from '../../actors/process/protocol.ts'
import type { ListQuery } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import type { GatewayParts } from '../parts.ts'
import { notFound } from '../problem.ts'
import { lifecycleErrors, limitParam, timeText, type App } from '../routes.ts'
import { matchesPattern, scan } from '../scan.ts'
import { assemblyLookup } from './assemblies.ts'
import { processView, viewProcess } from './process-view.ts'

const flag = z
  .enum(['true', 'false', ''])
  .optional()
  .transform((text) => text === 'true' || text === '')

/** `a,b`, each of them one of `known`. */
const listOf = (known: readonly string[]) =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .pipe(z.array(z.enum(known)))
    .optional()

const time = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: 'not a time such as 2026-01-31T12:00:00Z' })
  .transform((text) => Date.parse(text))
  .refine((ms) => Math.abs(ms) < 8e15)
  .optional()

const filters = z.object({
  assemblyId: z.string().optional(),
  assemblyName: z.string().max(256).optional().meta({ description: 'may have `*` in it' }),
  assemblyType: z.string().optional(),
  startDateTime: time.meta({ description: 'started at this time or later (ISO 8601)' }),
  endDateTime: time.meta({ description: 'started at this time or earlier (ISO 8601)' }),
  processStatuses: listOf(processStatus.options).meta({ description: 'separated by commas' }),
  intentTypes: listOf(intent.options.map((option) => option.shape.type.value)).meta({
    description: 'separated by commas',
  }),
  limit: limitParam(500, 100),
})
type Filters = z.infer<typeof filters>

const oneRoute = createRoute({
  method: 'get',
  path: '/api/processes/{id}',
  operationId: 'getProcess',
  tags: ['Processes'],
  summary: 'A process with its plan: the state, times, attempts and error of each task, and what it waits for',
  request: {
    params: z.object({ id: z.string() }),
    query: z.object({ shallow: flag.meta({ description: 'true: without plan and instances' }) }),
  },
  responses: {
    200: { description: 'The process', content: { 'application/json': { schema: processView } } },
    ...lifecycleErrors,
  },
})
const listRoute = createRoute({
  method: 'get',
  path: '/api/processes',
  operationId: 'listProcesses',
  tags: ['Processes'],
  summary: 'Processes, newest first, without their plans',
  request: { query: filters },
  responses: {
    200: { description: 'Processes', content: { 'application/json': { schema: z.array(processView) } } },
    ...lifecycleErrors,
  },
})

const passes = (process: ProcessState, wanted: Filters): boolean =>
  process.intent !== null &&
  (wanted.assemblyId === undefined || process.assembly.id === wanted.assemblyId) &&
  (wanted.assemblyName === undefined || matchesPattern(process.assembly.name, wanted.assemblyName)) &&
  (wanted.assemblyType === undefined || process.assembly.type === wanted.assemblyType) &&
  (wanted.processStatuses === undefined || wanted.processStatuses.includes(process.status)) &&
  (wanted.intentTypes === undefined || wanted.intentTypes.includes(process.intent.type))

const queryOf = ({ startDateTime, endDateTime }: Filters): Omit<ListQuery, 'limit' | 'after'> => ({
  kind: PROCESS,
  field: 'startTime',
  descending: true,
  ...(startDateTime === undefined ? {} : { from: timeText(startDateTime) }),
  ...(endDateTime === undefined ? {} : { to: timeText(endDateTime) }),
})

export const mountProcesses = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries } = parts
  const lookup = assemblyLookup(parts, asks)

  app.openapi(oneRoute, async (c) => {
    const { id } = c.req.valid('param')
    const { shallow } = c.req.valid('query')
    const view = await asks.read(queries.entity<ProcessState>(processRef(id)))
    if (!view || view.state.intent === null) throw notFound(`Could not find process with id: ${id}`)
    // What its instances were made from is the assembly's to tell; without it, their properties have no types.
    const root = shallow ? undefined : await lookup.root(view.state.root.name)
    return c.json(viewProcess(view.state, { shallow, descriptors: root?.descriptors ?? {} }), 200)
  })
  app.openapi(listRoute, async (c) => {
    const wanted = c.req.valid('query')
    const { items } = await scan(queries, asks, queryOf(wanted), wanted.limit, async (rows) => {
      const views = await asks.read(queries.entities<ProcessState>(rows.map((row) => processRef(row.id))))
      return views.map((view) =>
        view && passes(view.state, wanted) ? viewProcess(view.state, { shallow: true, descriptors: {} }) : undefined,
      )
    })
    return c.json([...items], 200)
  })
}
