/** `/onap/controlloop/v2/commission/…`: service templates reduced to what loops need, their schema, and their properties. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { commonOrInstanceProperties, nodeTemplateView } from '../../../actors/model/tosca/node-template-views.ts'
import { reducedTemplate } from '../../../actors/model/tosca/template-fragment.ts'
import { TEMPLATE_SECTIONS, templateSchema } from '../../../actors/model/tosca/template-schema.ts'
import { CONTROL_LOOP } from '../../../actors/addresses.ts'
import { conceptText } from '../../../participants/protocol/concept.ts'
import { properties } from '../../../participants/protocol/conversation.ts'
import type { Asking } from '../../asking.ts'
import type { GatewayParts } from '../../parts.ts'
import { badRequest, notFound } from '../../problem.ts'
import type { App } from '../../routes.ts'
import type { Commissioned, CommissionedTemplate } from '../commissioned.ts'
import { BASE, filterQuery, notOne, ok, requestHeaders } from './responses.ts'

const tags = ['Control loops: commissioning']

const templateRoute = createRoute({
  method: 'get',
  path: `${BASE}/commission/toscaservicetemplate`,
  operationId: 'getReducedServiceTemplate',
  tags,
  summary: 'A service template with only what its control loops need',
  request: { headers: requestHeaders, query: filterQuery },
  responses: ok('The service template', properties),
})
const schemaRoute = createRoute({
  method: 'get',
  path: `${BASE}/commission/toscaServiceTemplateSchema`,
  operationId: 'getServiceTemplateSchema',
  tags,
  summary: 'Service templates, or a section of them, as JSON Schema',
  request: { headers: requestHeaders, query: z.object({ section: z.enum(TEMPLATE_SECTIONS).default('all') }) },
  responses: ok('JSON Schema (2020-12)', properties),
})
const propertiesRoute = createRoute({
  method: 'get',
  path: `${BASE}/commission/getCommonOrInstanceProperties`,
  operationId: 'getCommonOrInstanceProperties',
  tags,
  summary:
    'Node templates with only those properties that are set once per type, or only those that are set per instance',
  description: 'Common properties are given only as long as there are no control loops: then they can be changed.',
  request: {
    headers: requestHeaders,
    query: filterQuery.extend({
      common: z
        .enum(['true', 'false'])
        .default('false')
        .meta({ description: 'true: those that are set once per type' }),
    }),
  },
  responses: ok('Node templates by name', z.record(z.string(), nodeTemplateView)),
})

export const mountTemplateParts = (
  app: App,
  { queries }: GatewayParts,
  { read }: Asking,
  commissioned: Commissioned,
): void => {
  const one = async (filter: z.infer<typeof filterQuery>): Promise<CommissionedTemplate> => {
    const found = await commissioned.templates(filter)
    const [only] = found
    if (!only) {
      const { name = 'any', version = 'any' } = filter
      throw notFound(`no service template is commissioned with name ${name} and version ${version}`)
    }
    if (found.length > 1)
      throw notOne('service templates are', found.length, {
        selected: found.slice(0, 20).map(({ id }) => conceptText(id)),
      })
    return only
  }

  app.openapi(templateRoute, async (c) => c.json(reducedTemplate((await one(c.req.valid('query'))).template), 200))
  app.openapi(schemaRoute, (c) => c.json({ ...templateSchema(c.req.valid('query').section) }, 200))
  app.openapi(propertiesRoute, async (c) => {
    const { common, ...filter } = c.req.valid('query')
    const { template, types } = await one(filter)
    if (common === 'false') return c.json({ ...commonOrInstanceProperties(template, 'instance') }, 200)
    for (const definition of types.keys()) {
      const [loop] = await read(queries.list({ kind: CONTROL_LOOP, field: 'definition', equals: definition, limit: 1 }))
      if (loop)
        throw badRequest(
          'instances-exist',
          `there are control loops of ${definition}, for instance ${loop.id}: common properties can't be changed before they are deleted`,
          { definition, loop: loop.id },
        )
    }
    return c.json({ ...commonOrInstanceProperties(template, 'common') }, 200)
  })
}
