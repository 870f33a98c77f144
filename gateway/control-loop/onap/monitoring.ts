/** `/onap/controlloop/v2/monitoring`: what participants and elements told of themselves, the newest first. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { badRequest, notFound } from '../../problem.ts'
import type { App } from '../../routes.ts'
import { participantsOf } from '../order-checks.ts'
import { ofParticipant, type Statistics } from '../statistics.ts'
import { elementStatistics, newest, participantStatistics } from '../statistics-view.ts'
import type { StoredLoops } from '../stored-loops.ts'
import { BASE, filterQuery, nameQuery, ok, requestHeaders } from './responses.ts'

const tags = ['Control loops: monitoring']
const path = `${BASE}/monitoring`

const statisticsList = z
  .object({ statisticsList: z.array(participantStatistics) })
  .meta({ id: 'ParticipantStatisticsList' })
const clElementStatistics = z
  .object({ clElementStatistics: z.array(elementStatistics) })
  .meta({ id: 'ClElementStatisticsList' })

const time = z.iso
  .datetime({ offset: true, error: 'a time in ISO 8601 with its zone, for instance 2024-05-01T12:00:00Z' })
  .optional()
const RECORDS_MAX = 100_000
const pageOf = {
  recordCount: z
    .string()
    .regex(/^\d+$/, 'a number in digits, for instance 10')
    .transform(Number)
    .pipe(z.number().int().max(RECORDS_MAX))
    .default(0)
    .meta({ type: 'integer', minimum: 0, maximum: RECORDS_MAX, default: 0, description: '0: all that is kept' }),
  startTime: time,
  endTime: time,
}

const periodOf = ({ startTime, endTime }: { startTime?: string | undefined; endTime?: string | undefined }) => ({
  startMs: startTime === undefined ? -Infinity : Date.parse(startTime),
  endMs: endTime === undefined ? Infinity : Date.parse(endTime),
})
const ALL = { startMs: -Infinity, endMs: Infinity, enough: Infinity }
const enoughFor = (recordCount: number): number => recordCount || Infinity

const participantRoute = createRoute({
  method: 'get',
  path: `${path}/participant`,
  operationId: 'getParticipantStatistics',
  tags,
  summary: 'Statistics of participants',
  request: { headers: requestHeaders, query: filterQuery.extend(pageOf) },
  responses: ok('Statistics', statisticsList),
})
const participantsRoute = createRoute({
  method: 'get',
  path: `${path}/participants/controlloop`,
  operationId: 'getControlLoopParticipantStatistics',
  tags,
  summary: 'Statistics of the participants of a control loop',
  request: { headers: requestHeaders, query: nameQuery },
  responses: ok('Statistics', statisticsList),
})
const elementsRoute = createRoute({
  method: 'get',
  path: `${path}/clelements/controlloop`,
  operationId: 'getControlLoopElementStatistics',
  tags,
  summary: 'Statistics of the elements of a control loop',
  request: { headers: requestHeaders, query: nameQuery },
  responses: ok('Statistics', clElementStatistics),
})
const elementRoute = createRoute({
  method: 'get',
  path: `${path}/clelement`,
  operationId: 'getElementStatistics',
  tags,
  summary:
    'Statistics of the elements that a participant carries (`name` and `version` are the participant’s), or of one of them',
  request: {
    headers: requestHeaders,
    query: nameQuery.extend({ id: z.string().optional().meta({ description: 'of the element' }), ...pageOf }),
  },
  responses: ok('Statistics', clElementStatistics),
})

export const mountMonitoring = (app: App, statistics: Statistics, stored: StoredLoops): void => {
  app.openapi(participantRoute, async (c) => {
    const { name, version, recordCount, ...times } = c.req.valid('query')
    if (name === undefined && version !== undefined)
      throw badRequest('no-name', 'a version alone selects nothing: give the name of a participant, too')
    const ids = await statistics.participants(name, version)
    if (name !== undefined && ids.length === 0)
      throw notFound(`Participant not found: name ${name}, version ${version ?? 'any'}`)
    const rows = await statistics.ofParticipants(ids, { ...periodOf(times), enough: enoughFor(recordCount) })
    return c.json({ statisticsList: newest(rows, recordCount) }, 200)
  })
  app.openapi(participantsRoute, async (c) => {
    const loop = await stored.one(c.req.valid('query'))
    return c.json({ statisticsList: newest(await statistics.ofParticipants(participantsOf([loop]), ALL), 0) }, 200)
  })
  app.openapi(elementsRoute, async (c) => {
    const { id } = await stored.one(c.req.valid('query'))
    return c.json({ clElementStatistics: newest(await statistics.ofElements([id], ALL), 0) }, 200)
  })
  app.openapi(elementRoute, async (c) => {
    const { name, version, id, recordCount, ...times } = c.req.valid('query')
    const participant = { name, version }
    const [known] = await statistics.participants(name, version)
    if (!known) throw notFound(`Participant not found: name ${name}, version ${version}`)
    const loops = await statistics.loopsOf(participant)
    // A record may be another participant's or element's, so it isn't known before how many are enough.
    const all = await statistics.ofElements(loops, { ...periodOf(times), enough: Infinity })
    const rows = ofParticipant(all, participant).filter(
      (row) => id === undefined || row.id.toLowerCase() === id.toLowerCase(),
    )
    return c.json({ clElementStatistics: newest(rows, recordCount) }, 200)
  })
}
