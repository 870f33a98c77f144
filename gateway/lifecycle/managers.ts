/** `/api/resource-managers`: who carries out the lifecycle of resources. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { DEPLOYMENT_LOCATION, DESCRIPTOR, RESOURCE_MANAGER, resourceManagerRef } from '../../actors/addresses.ts'
import type {
  ResourceManager,
  ResourceManagerCommand,
  ResourceManagerState,
} from '../../actors/resource-manager/protocol.ts'
import type { Asking } from '../asking.ts'
import { jsonBody } from '../body.ts'
import type { GatewayParts } from '../parts.ts'
import { Problem, badRequest, notFound } from '../problem.ts'
import { accepted } from '../refusals.ts'
import { lifecycleErrors, locationHeader, type App } from '../routes.ts'
import { SCANNED_MAX, scan } from '../scan.ts'
import { placeName } from './place-name.ts'
import { BUILT_IN_MANAGER, managerReport, managerView, viewReport } from './manager-view.ts'

const described = { type: z.string().min(1).max(200), url: z.url().max(2000) }
const newManager = z.object({ name: placeName, ...described }).meta({ id: 'NewResourceManager' })
const changedManager = z.object({ name: placeName.optional(), ...described }).meta({ id: 'ChangedResourceManager' })

const params = z.object({ name: z.string() })
const tags = ['Resource managers']
const path = '/api/resource-managers'
const report = { content: { 'application/json': { schema: managerReport } } }

export const mountManagers = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries, config } = parts
  const jsonMiddleware = jsonBody(config.bodyBytesMax)
  const builtIn: ResourceManager = { type: 'Brent', url: config.resourceManagerAliases[0] ?? 'urn:homeostat:built-in' }
  const missing = (id: string) => notFound(`Entity of type 'Resource Manager' could not be found matching: id [${id}]`)

  const stored = async (id: string): Promise<ResourceManager | undefined> => {
    const view = await asks.read(queries.entity<ResourceManagerState>(resourceManagerRef(id)))
    return view?.state.resourceManager ?? (id === BUILT_IN_MANAGER ? builtIn : undefined)
  }
  const names = async (kind: string, keep: (id: string) => boolean): Promise<readonly string[]> => {
    const { items } = await scan(queries, asks, { kind, field: 'name' }, SCANNED_MAX, (rows) =>
      rows.map(({ id }) => (keep(id) ? id : undefined)),
    )
    return items
  }
  const put = async (id: string, resourceManager: ResourceManager, mode: 'create' | 'replace') => {
    // The built-in one exists without ever having been put: whoever creates it is told so, whoever replaces it may.
    if (id === BUILT_IN_MANAGER && mode === 'create' && (await stored(id)))
      throw new Problem({
        status: 409,
        code: 'resource-manager-exists',
        message: `there already is a resource manager with the name ${id}`,
      })
    const command: ResourceManagerCommand = {
      type: 'put',
      mode: id === BUILT_IN_MANAGER ? 'put' : mode,
      resourceManager,
    }
    accepted(await asks.ask(resourceManagerRef(id), command), 'rest')
    const own = id === BUILT_IN_MANAGER || config.resourceManagerAliases.includes(resourceManager.url)
    const [locations, types] = own
      ? await Promise.all([
          names(DEPLOYMENT_LOCATION, () => true),
          names(DESCRIPTOR, (descriptor) => descriptor.startsWith('resource::')),
        ])
      : [[], []]
    return viewReport(mode === 'create' ? 'ADD' : 'UPDATE', locations, types)
  }

  app.openapi(
    createRoute({
      method: 'get',
      path,
      operationId: 'listResourceManagers',
      tags,
      summary: 'Resource managers',
      responses: {
        200: { description: 'Resource managers', content: { 'application/json': { schema: z.array(managerView) } } },
        ...lifecycleErrors,
      },
    }),
    async (c) => {
      const { items } = await scan(queries, asks, { kind: RESOURCE_MANAGER, field: 'name' }, SCANNED_MAX, (rows) =>
        rows.map(({ id, fields }) => ({ name: id, type: fields['type'] ?? '', url: fields['url'] ?? '' })),
      )
      const known = items.some((item) => item.name === BUILT_IN_MANAGER)
      return c.json(known ? [...items] : [{ name: BUILT_IN_MANAGER, ...builtIn }, ...items], 200)
    },
  )

  app.openapi(
    createRoute({
      method: 'post',
      path,
      operationId: 'createResourceManager',
      tags,
      summary: 'Register a resource manager',
      middleware: jsonMiddleware,
      request: { body: { required: true, content: { 'application/json': { schema: newManager } } } },
      responses: {
        201: { headers: locationHeader, description: 'What came with it; its place is in Location', ...report },
        ...lifecycleErrors,
      },
    }),
    async (c) => {
      const { name: id, ...manager } = c.req.valid('json')
      const view = await put(id, manager, 'create')
      return c.json(view, 201, { Location: `${path}/${encodeURIComponent(id)}` })
    },
  )

  app.openapi(
    createRoute({
      method: 'get',
      path: `${path}/{name}`,
      operationId: 'getResourceManager',
      tags,
      summary: 'A resource manager',
      request: { params },
      responses: {
        200: { description: 'The resource manager', content: { 'application/json': { schema: managerView } } },
        ...lifecycleErrors,
      },
    }),
    async (c) => {
      const { name: id } = c.req.valid('param')
      const manager = await stored(id)
      if (!manager) throw missing(id)
      return c.json({ name: id, type: manager.type, url: manager.url }, 200)
    },
  )

  app.openapi(
    createRoute({
      method: 'put',
      path: `${path}/{name}`,
      operationId: 'replaceResourceManager',
      tags,
      summary: 'Register a resource manager anew',
      middleware: jsonMiddleware,
      request: { params, body: { required: true, content: { 'application/json': { schema: changedManager } } } },
      responses: { 200: { description: 'What came with it', ...report }, ...lifecycleErrors },
    }),
    async (c) => {
      const { name: id } = c.req.valid('param')
      const { name: named, ...manager } = c.req.valid('json')
      if ((named ?? id) !== id)
        throw badRequest('other-name', `the body names ${named}, the path ${id}: a resource manager can't be renamed`)
      return c.json(await put(id, manager, 'replace'), 200)
    },
  )

  app.openapi(
    createRoute({
      method: 'delete',
      path: `${path}/{name}`,
      operationId: 'deleteResourceManager',
      tags,
      summary: 'Forget a resource manager; refused while deployment locations are its own',
      request: { params },
      responses: { 204: { description: 'It is gone' }, ...lifecycleErrors },
    }),
    async (c) => {
      const { name: id } = c.req.valid('param')
      if (!(await stored(id))) throw missing(id)
      const refused = (code: string, message: string) => new Problem({ status: 409, code, message })
      if (id === BUILT_IN_MANAGER) throw refused('built-in', `${id} is built in and stays`)
      const [location] = await asks.read(
        queries.list({ kind: DEPLOYMENT_LOCATION, field: 'resourceManager', equals: id, limit: 1 }),
      )
      if (location) throw refused('resource-manager-in-use', `the deployment location ${location.id} belongs to ${id}`)
      accepted(await asks.ask(resourceManagerRef(id), { type: 'remove' }), 'rest')
      return c.body(null, 204)
    },
  )
}
