/** `/api/runtime/services` and `/api/runtime/nodes`: who runs what, how it is, and how it is configured. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { SERVICE, SERVICE_INSTANCE, serviceRef } from '../../actors/addresses.ts'
import { CONFIGURABLE, settingsOf } from '../../actors/service/configurable.ts'
import type { ConfigureReply, ServiceCommand, ServiceState } from '../../actors/service/protocol.ts'
import type { ListRow } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import { jsonBody } from '../body.ts'
import { nearestNames } from '../hints.ts'
import type { GatewayParts } from '../parts.ts'
import { notFound } from '../problem.ts'
import { answers, problemErrors, type App } from '../routes.ts'
import { configured, entityTag, expectedVersionOf } from './configuring.ts'
import { countStates, viewInstance } from './instance-view.ts'
import { nodeView } from './node-view.ts'
import { INSTANCES_MAX, registered } from './registered.ts'
import {
  configurationView,
  serviceSummary,
  serviceView,
  newValues,
  viewConfiguration,
  viewSettings,
} from './service-view.ts'

const SERVICES_MAX = 500

const base = { tags: ['Services'] }
const params = z.object({ name: z.string().meta({ description: 'of the service, such as `gateway`' }) })
const tagHeader = z.object({ ETag: z.string().meta({ description: 'the version of the configuration, for If-Match' }) })

const listRoute = createRoute({
  ...base,
  method: 'get',
  path: '/api/runtime/services',
  operationId: 'listServices',
  summary: 'Services: their instances by state, and the version of their configuration',
  responses: answers('Services, by name', z.array(serviceSummary)),
})
const oneRoute = createRoute({
  ...base,
  method: 'get',
  path: '/api/runtime/services/{name}',
  operationId: 'getService',
  summary: 'A service: its configuration, what can be configured, its instances with their load',
  request: { params },
  responses: {
    200: { headers: tagHeader, description: 'The service', content: { 'application/json': { schema: serviceView } } },
    ...problemErrors,
  },
})
const nodesRoute = createRoute({
  ...base,
  method: 'get',
  path: '/api/runtime/nodes',
  operationId: 'listNodes',
  summary: 'Nodes: their roles, state, version, shards and load',
  responses: answers('Nodes, by name', z.array(nodeView)),
})
const putRoute = (bodyBytesMax: number) =>
  createRoute({
    ...base,
    method: 'put',
    path: '/api/runtime/services/{name}/configuration',
    operationId: 'configureService',
    summary: 'Configure a service: its running instances take it over within seconds',
    description:
      'The body is the whole configuration: what it doesn’t name is as each node was started. With `If-Match` it is ' +
      'changed only if it still has that version (412 otherwise).',
    middleware: jsonBody(bodyBytesMax),
    request: {
      params,
      headers: z.object({
        'if-match': z.string().optional().meta({ description: '`"<version>"` as in ETag, or `*`' }),
      }),
      body: { required: true, content: { 'application/json': { schema: newValues } } },
    },
    responses: {
      200: {
        headers: tagHeader,
        description: 'The configuration as it is now',
        content: { 'application/json': { schema: configurationView } },
      },
      ...problemErrors,
    },
  })

export const mountServices = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries, config } = parts
  const { rows, instances, nodes } = registered(queries, asks)
  const service = async (name: string): Promise<ServiceState | undefined> => {
    const stored = (await asks.read(queries.entity<ServiceState>(serviceRef(name))))?.state
    if (stored?.isKnown || Object.hasOwn(CONFIGURABLE, name)) return stored
    const listed = await rows({ kind: SERVICE, field: 'name' }, SERVICES_MAX)
    const known = [...new Set([...listed.map(({ id }) => id), ...Object.keys(CONFIGURABLE)])]
    const nearest = nearestNames(name, known)
    throw notFound(`there is no service ${JSON.stringify(name)}`, { services: known, nearest })
  }

  app.openapi(listRoute, async (c) => {
    const services = await rows({ kind: SERVICE, field: 'name' }, SERVICES_MAX)
    const running = Map.groupBy(
      await rows({ kind: SERVICE_INSTANCE, field: 'service' }, INSTANCES_MAX),
      ({ fields }) => fields['service'] ?? '',
    )
    const versions = new Map(Object.keys(CONFIGURABLE).map((name) => [name, '0']))
    for (const { id, fields } of services) versions.set(id, fields['configurationVersion'] ?? '0')
    const summaries = [...versions]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, version]) => {
        const own = running.get(name) ?? []
        const isBehind = ({ fields }: ListRow): boolean =>
          fields['state'] !== 'Stopped' && fields['state'] !== 'Silent' && fields['configurationVersion'] !== version
        return {
          service: name,
          instances: countStates(own.map(({ fields }) => fields['state'] ?? '')),
          configurationVersion: Number(version),
          behind: own.filter(isBehind).length,
        }
      })
    return c.json(summaries, 200)
  })

  app.openapi(oneRoute, async (c) => {
    const { name } = c.req.valid('param')
    const configuration = viewConfiguration(await service(name))
    const found = await instances(await rows({ kind: SERVICE_INSTANCE, field: 'service', equals: name }, INSTANCES_MAX))
    const view = {
      service: name,
      configuration,
      settings: viewSettings(name, configuration.values),
      instances: found
        .flatMap((instance) => viewInstance(instance, configuration.version) ?? [])
        .sort((left, right) => (left.node < right.node ? -1 : 1)),
    }
    return c.json(view, 200, { ETag: entityTag(configuration.version) })
  })

  app.openapi(putRoute(config.bodyBytesMax), async (c) => {
    const { name } = c.req.valid('param')
    const wanted = c.req.valid('json')
    const expectedVersion = expectedVersionOf(c.req.valid('header')['if-match'])
    await service(name)
    const command: ServiceCommand = {
      type: 'configure',
      values: wanted,
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    }
    configured(await asks.ask<ConfigureReply>(serviceRef(name), command), Object.keys(settingsOf(name)))
    const stored = viewConfiguration((await asks.read(queries.entity<ServiceState>(serviceRef(name))))?.state)
    return c.json(stored, 200, { ETag: entityTag(stored.version) })
  })

  app.openapi(nodesRoute, async (c) => {
    return c.json([...(await nodes())], 200)
  })
}
