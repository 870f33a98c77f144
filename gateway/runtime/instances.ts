/** Instances (by name or id) and processes: their history, and what they wait for. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { assemblyRef, processRef, resourceRef } from '../../actors/addresses.ts'
import type { ProcessState } from '../../actors/process/protocol.ts'
import type { ResourceEntityState } from '../../actors/resource/protocol.ts'
import type { EntityRef } from '../../runtime/entity.ts'
import type { Asking } from '../asking.ts'
import { assemblyLookup } from '../lifecycle/assemblies.ts'
import type { GatewayParts } from '../parts.ts'
import { notFound } from '../problem.ts'
import { answers, type App } from '../routes.ts'
import { historyPage, readHistory } from './entities.ts'
import { entityView, historyView, viewEntity, waitingView } from './entity-view.ts'
import { waitingOf } from './waiting.ts'

const tags = ['Runtime']
const params = z.object({ instance: z.string().meta({ description: 'instance name, such as `asm__A`, or id' }) })
const processParams = z.object({ id: z.string() })
const stateRoute = createRoute({
  method: 'get',
  path: '/api/runtime/instances/{instance}',
  operationId: 'getInstance',
  tags,
  summary: 'The entity of an instance: its state, its version, its timers',
  request: { params },
  responses: answers('The entity as it is stored', entityView),
})
const historyRoute = createRoute({
  method: 'get',
  path: '/api/runtime/instances/{instance}/history',
  operationId: 'getInstanceHistory',
  tags,
  summary: 'What happened to an instance, newest first, and why',
  request: { params, query: historyPage },
  responses: answers('A page of events', historyView),
})
const waitingRoute = createRoute({
  method: 'get',
  path: '/api/runtime/instances/{instance}/waiting',
  operationId: 'getInstanceWaiting',
  tags,
  summary: 'Why an instance is waiting',
  request: { params },
  responses: answers('What it waits for; an empty list: nothing', waitingView),
})
const processHistoryRoute = createRoute({
  method: 'get',
  path: '/api/runtime/processes/{id}/history',
  operationId: 'getProcessHistory',
  tags,
  summary: 'What happened in a process, newest first, and why',
  request: { params: processParams, query: historyPage },
  responses: answers('A page of events', historyView),
})
const processWaitingRoute = createRoute({
  method: 'get',
  path: '/api/runtime/processes/{id}/waiting',
  operationId: 'getProcessWaiting',
  tags,
  summary: 'Why a process is waiting: which task for which resource, and that one for which driver request',
  request: { params: processParams },
  responses: answers('What it waits for; an empty list: nothing', waitingView),
})

export const mountInstances = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries } = parts
  const lookup = assemblyLookup(parts, asks)

  /** By name first: a name can't look like an id. Nested assemblies have entities of their own. */
  const refOf = async (instance: string): Promise<EntityRef> => {
    const named = await lookup.instanceByName(instance)
    if (named) return named.instance.kind === 'assembly' ? assemblyRef(instance) : resourceRef(named.instance.id)
    if (await lookup.root(instance).then((root) => root?.name === instance)) return assemblyRef(instance)
    const assembly = await lookup.byId(instance)
    if (assembly) return assemblyRef(assembly.name)
    const resource = await asks.read(queries.entity<ResourceEntityState>(resourceRef(instance)))
    if (resource?.state.identity) return resourceRef(instance)
    // Gone, but not yet forgotten: its history can still be told.
    if (await asks.read(queries.entity(assemblyRef(instance)))) return assemblyRef(instance)
    throw notFound(`there is no instance with the name or id ${instance}`, { nearest: await lookup.nearest(instance) })
  }
  const processOf = async (id: string): Promise<EntityRef> => {
    const process = await asks.read(queries.entity<ProcessState>(processRef(id)))
    if (!process?.state.intent) throw notFound(`there is no process ${id}`)
    return processRef(id)
  }

  app.openapi(stateRoute, async (c) => {
    const ref = await refOf(c.req.valid('param').instance)
    const view = await asks.read(queries.entity(ref))
    if (!view) throw notFound(`there is no ${ref.kind}/${ref.id}`)
    return c.json(viewEntity(ref, view), 200)
  })
  app.openapi(historyRoute, async (c) => {
    const ref = await refOf(c.req.valid('param').instance)
    return c.json(await readHistory(parts, asks, ref, c.req.valid('query'), c.req.path), 200)
  })
  app.openapi(waitingRoute, async (c) =>
    c.json(await waitingOf(await refOf(c.req.valid('param').instance), queries, asks), 200),
  )
  app.openapi(processHistoryRoute, async (c) => {
    const ref = await processOf(c.req.valid('param').id)
    return c.json(await readHistory(parts, asks, ref, c.req.valid('query'), c.req.path), 200)
  })
  app.openapi(processWaitingRoute, async (c) =>
    c.json(await waitingOf(await processOf(c.req.valid('param').id), queries, asks), 200),
  )
}
