/** `/api/runtime/service-templates`: what is commissioned, and each of them as a file again. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { SERVICE_TEMPLATE } from '../../../actors/addresses.ts'
import { exportTosca } from '../../../actors/model/tosca/template-export.ts'
import { concept, conceptText } from '../../../participants/protocol/concept.ts'
import { properties } from '../../../participants/protocol/conversation.ts'
import type { Asking } from '../../asking.ts'
import { YAML_TYPES } from '../../body.ts'
import { nearestNames } from '../../hints.ts'
import type { GatewayParts } from '../../parts.ts'
import { notFound } from '../../problem.ts'
import { problemErrors, type App } from '../../routes.ts'
import { scan } from '../../scan.ts'
import { TEMPLATES_MAX, type Commissioned } from '../commissioned.ts'
import { preferred } from '../onap/edge.ts'
import { mountList } from './list-route.ts'

const tags = ['Control loops']
const path = '/api/runtime/service-templates'

const templateSummary = z
  .object({
    ...concept.shape,
    presence: z.enum(['commissioning', 'commissioned', 'decommissioning']),
    revision: z.number().int().meta({ description: 'the one in force; 0: none is yet' }),
  })
  .meta({ id: 'ServiceTemplateSummary' })

const exportRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}`,
  operationId: 'exportServiceTemplate',
  tags,
  summary: 'A service template as it is in force: YAML, or JSON where Accept prefers that',
  request: { params: z.object({ name: concept.shape.name, version: concept.shape.version }) },
  responses: {
    200: {
      description: 'The service template',
      content: { 'application/yaml': { schema: z.string() }, 'application/json': { schema: properties } },
    },
    ...problemErrors,
  },
})

export const mountServiceTemplates = (
  app: App,
  { queries }: GatewayParts,
  asks: Asking,
  commissioned: Commissioned,
): void => {
  mountList(app, queries, asks, {
    path,
    operationId: 'listServiceTemplates',
    tags,
    summary: 'Service templates by name, page by page',
    description: 'A page of service templates',
    id: 'ServiceTemplatePage',
    name: 'serviceTemplates',
    item: templateSummary,
    asked: {},
    find: () => ({
      query: { kind: SERVICE_TEMPLATE, field: 'id' },
      keep: ({ fields }) => ({
        name: fields['name'] ?? '',
        version: fields['version'] ?? '',
        presence: templateSummary.shape.presence.parse(fields['presence']),
        revision: Number(fields['revision']),
      }),
    }),
  })
  app.openapi(exportRoute, async (c) => {
    const id = c.req.valid('param')
    const found = await commissioned.template(id)
    if (!found) {
      const { items } = await scan(queries, asks, { kind: SERVICE_TEMPLATE, field: 'id' }, TEMPLATES_MAX, (rows) =>
        rows.map((row) => row.id),
      )
      const nearest = nearestNames(conceptText(id), items)
      throw notFound(`there is no service template ${conceptText(id)}`, { nearest })
    }
    const accept = c.req.header('accept')
    // Files of this kind are YAML nearly always: who doesn't ask for JSON by name gets that.
    const isJson = accept?.includes('application/json') === true && preferred(accept) === 'json'
    return isJson
      ? c.body(exportTosca(found.template, 'json'), 200, { 'Content-Type': 'application/json' })
      : c.body(exportTosca(found.template, 'yaml'), 200, { 'Content-Type': YAML_TYPES[0] })
  })
}
