/** `/api/deploymentLocations`: where resources live. Id and name are the same; properties never leave. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { DEPLOYMENT_LOCATION, RESOURCE, deploymentLocationRef } from '../../actors/addresses.ts'
import type {
  DeploymentLocation,
  DeploymentLocationCommand,
  DeploymentLocationState,
} from '../../actors/deployment-location/protocol.ts'
import { BUILT_IN_MANAGER } from './manager-view.ts'
import type { Asking } from '../asking.ts'
import { jsonBody } from '../body.ts'
import type { GatewayParts } from '../parts.ts'
import { Problem, badRequest, notFound } from '../problem.ts'
import { accepted } from '../refusals.ts'
import { lifecycleErrors, locationHeader, type App } from '../routes.ts'
import { SCANNED_MAX, scan } from '../scan.ts'
import { placeName } from './place-name.ts'

const described = z.object({
  description: z.string().max(4000).nullish(),
  resourceManager: z.string().min(1).max(200).default(BUILT_IN_MANAGER),
  infrastructureType: z.string().min(1).max(200).default('Other'),
  infrastructureSpecificProperties: z.record(z.string(), z.unknown()).nullish(),
  properties: z.record(z.string(), z.unknown()).nullish(),
})
const newLocation = described.extend({ name: placeName }).meta({ id: 'NewDeploymentLocation' })
/** `name` and `id` may be repeated in the body; they must then be those of the path. */
const changedLocation = described
  .extend({ name: placeName.optional(), id: z.string().optional() })
  .meta({ id: 'ChangedDeploymentLocation' })

const locationView = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    resourceManager: z.string(),
    infrastructureType: z.string(),
  })
  .meta({ id: 'DeploymentLocation' })

const viewLocation = (id: string, location: DeploymentLocation): z.infer<typeof locationView> => ({
  id,
  name: id,
  description: location.description,
  resourceManager: location.resourceManager,
  infrastructureType: location.infrastructureType,
})

const locationOf = (body: z.infer<typeof described>): DeploymentLocation => ({
  resourceManager: body.resourceManager,
  infrastructureType: body.infrastructureType,
  description: body.description ?? '',
  properties: { ...body.properties, ...body.infrastructureSpecificProperties },
})

const params = z.object({ id: z.string() })
const tags = ['Deployment locations']
const one = {
  200: { description: 'The deployment location', content: { 'application/json': { schema: locationView } } },
  ...lifecycleErrors,
}
const path = '/api/deploymentLocations'

export const mountLocations = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries, config } = parts
  const jsonMiddleware = jsonBody(config.bodyBytesMax)
  const missing = (id: string) => notFound(`Could not find deployment location with id: ${id}`)
  const stored = async (id: string) =>
    (await asks.read(queries.entity<DeploymentLocationState>(deploymentLocationRef(id))))?.state.location

  const put = async (id: string, mode: 'create' | 'replace', location: DeploymentLocation) => {
    const command: DeploymentLocationCommand = { type: 'put', mode, location }
    accepted(await asks.ask(deploymentLocationRef(id), command), 'rest')
  }

  app.openapi(
    createRoute({
      method: 'get',
      path,
      operationId: 'listDeploymentLocations',
      tags,
      summary: 'Deployment locations by name',
      request: {
        query: z.object({
          name: z.string().optional().meta({ description: 'a part of the name' }),
          resourceManagerName: z.string().optional(),
        }),
      },
      responses: {
        200: {
          description: 'Deployment locations',
          content: { 'application/json': { schema: z.array(locationView) } },
        },
        ...lifecycleErrors,
      },
    }),
    async (c) => {
      const { name: part, resourceManagerName } = c.req.valid('query')
      const { items } = await scan(queries, asks, { kind: DEPLOYMENT_LOCATION, field: 'name' }, SCANNED_MAX, (rows) =>
        rows.map(({ id, fields }) =>
          (part === undefined || id.includes(part)) &&
          (resourceManagerName === undefined || fields['resourceManager'] === resourceManagerName)
            ? {
                id,
                name: id,
                description: fields['description'] ?? '',
                resourceManager: fields['resourceManager'] ?? '',
                infrastructureType: fields['infrastructureType'] ?? '',
              }
            : undefined,
        ),
      )
      return c.json([...items], 200)
    },
  )

  app.openapi(
    createRoute({
      method: 'post',
      path,
      operationId: 'createDeploymentLocation',
      tags,
      summary: 'A new deployment location',
      middleware: jsonMiddleware,
      request: { body: { required: true, content: { 'application/json': { schema: newLocation } } } },
      responses: {
        201: {
          headers: locationHeader,
          description: 'It is there; its place is in Location',
          content: { 'application/json': { schema: locationView } },
        },
        ...lifecycleErrors,
      },
    }),
    async (c) => {
      const body = c.req.valid('json')
      const location = locationOf(body)
      await put(body.name, 'create', location)
      return c.json(viewLocation(body.name, location), 201, { Location: `${path}/${encodeURIComponent(body.name)}` })
    },
  )

  app.openapi(
    createRoute({
      method: 'get',
      path: `${path}/{id}`,
      operationId: 'getDeploymentLocation',
      tags,
      summary: 'A deployment location',
      request: { params },
      responses: one,
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const location = await stored(id)
      if (!location) throw missing(id)
      return c.json(viewLocation(id, location), 200)
    },
  )

  app.openapi(
    createRoute({
      method: 'put',
      path: `${path}/{id}`,
      operationId: 'replaceDeploymentLocation',
      tags,
      summary: 'Another description for a deployment location',
      middleware: jsonMiddleware,
      request: { params, body: { required: true, content: { 'application/json': { schema: changedLocation } } } },
      responses: one,
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const body = c.req.valid('json')
      if ((body.name ?? id) !== id)
        throw badRequest(
          'other-name',
          `the body names ${body.name}, the path ${id}: a deployment location can't be renamed`,
        )
      const location = locationOf(body)
      await put(id, 'replace', location)
      return c.json(viewLocation(id, location), 200)
    },
  )

  app.openapi(
    createRoute({
      method: 'delete',
      path: `${path}/{id}`,
      operationId: 'deleteDeploymentLocation',
      tags,
      summary: 'Forget a deployment location; refused while resources exist there',
      request: { params },
      responses: { 204: { description: 'It is gone' }, ...lifecycleErrors },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      if (!(await stored(id))) throw missing(id)
      const there = await asks.read(queries.list({ kind: RESOURCE, field: 'deploymentLocation', equals: id, limit: 5 }))
      if (there.length > 0)
        throw new Problem({
          status: 409,
          code: 'deployment-location-in-use',
          message: `resources exist at ${id}; delete or move their assemblies first`,
          details: { resources: there.map(({ id: resource, fields }) => fields['name'] ?? resource) },
        })
      accepted(await asks.ask(deploymentLocationRef(id), { type: 'remove' }), 'rest')
      return c.body(null, 204)
    },
  )
}
