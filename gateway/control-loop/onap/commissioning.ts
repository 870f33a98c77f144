/** `/onap/controlloop/v2/commission`: service templates come, are looked at, and go. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { definitionRef, serviceTemplateRef } from '../../../actors/addresses.ts'
import type { DefinitionState } from '../../../actors/control-loop-definition/protocol.ts'
import { CONTROL_LOOP, controlLoopTypes } from '../../../actors/model/tosca/control-loop-types.ts'
import { nodeTemplates, nodeTemplateView } from '../../../actors/model/tosca/node-template-views.ts'
import type { ServiceTemplate } from '../../../actors/model/tosca/service-template.ts'
import { readServiceTemplate } from '../../../actors/model/tosca/service-template-reader.ts'
import type { ToscaFormat } from '../../../actors/model/tosca/tosca-text.ts'
import { type Concept, conceptOf, conceptText } from '../../../participants/protocol/concept.ts'
import type { TemplateCommand, TemplateReply } from '../../../actors/service-template/protocol.ts'
import type { Asking } from '../../asking.ts'
import { nearestNames } from '../../hints.ts'
import type { GatewayParts } from '../../parts.ts'
import { badRequest, notFound } from '../../problem.ts'
import type { App } from '../../routes.ts'
import type { Commissioned, CommissionedTemplate } from '../commissioned.ts'
import { contentOf } from '../content.ts'
import { problemOfTemplate, warningsIn } from '../findings.ts'
import { refuseTooLarge } from '../message-sizes.ts'
import { settled } from '../settled.ts'
import { formatOf, templateBody } from './body.ts'
import { requestIdOf } from './edge.ts'
import { COMMISSIONED_EXAMPLE, TEMPLATE_EXAMPLE, TEMPLATE_JSON_EXAMPLE } from './examples.ts'
import { acceptedByOnap, BASE, filterQuery, nameQuery, notOne, ok, requestHeaders } from './responses.ts'
import { commissioningResponse } from './shapes.ts'

const tags = ['Control loops: commissioning']
const path = `${BASE}/commission`

/** The handler reads the text itself, so that it can say where something is wrong. */
const templateSchema = z
  .looseObject({})
  .meta({ id: 'ToscaServiceTemplate', description: 'a service template, TOSCA Simple Profile in YAML 1.0 to 1.3' })
const loopNodes = z.array(nodeTemplateView.meta({ id: 'ToscaNodeTemplate' }))

const commissionRoute = (bytesMax: number) =>
  createRoute({
    method: 'post',
    path,
    operationId: 'commission',
    tags,
    summary: 'Commission the types of control loops of a service template, or change its common properties',
    middleware: templateBody(bytesMax),
    request: {
      headers: requestHeaders,
      body: {
        required: true,
        content: {
          'application/yaml': { schema: z.string(), example: TEMPLATE_EXAMPLE },
          'application/json': { schema: templateSchema, example: TEMPLATE_JSON_EXAMPLE },
        },
      },
    },
    responses: ok('It is commissioned', commissioningResponse.meta({ example: COMMISSIONED_EXAMPLE })),
  })
const decommissionRoute = createRoute({
  method: 'delete',
  path,
  operationId: 'decommission',
  tags,
  summary: 'Decommission a service template, by its own name or by that of the only type of loop in it',
  request: { headers: requestHeaders, query: nameQuery },
  responses: ok('It is gone', commissioningResponse),
})
const listRoute = createRoute({
  method: 'get',
  path,
  operationId: 'listCommissioned',
  tags,
  summary: 'The types of control loops that are commissioned',
  request: { headers: requestHeaders, query: filterQuery },
  responses: ok('Node templates of type ControlLoop', loopNodes),
})
const elementsRoute = createRoute({
  method: 'get',
  path: `${path}/elements`,
  operationId: 'listCommissionedElements',
  tags,
  summary: 'The types of elements of one type of control loop',
  request: { headers: requestHeaders, query: filterQuery },
  responses: ok('Node templates of its elements', loopNodes),
})

const namesIn = (template: ServiceTemplate): Concept[] =>
  Object.entries(template.topology_template.node_templates).map(([name, { version }]) => ({ name, version }))

/** @throws {Problem} 400 with what is wrong, and where */
const readLoopTemplate = (text: string, format: ToscaFormat) => {
  const { template, findings, locate } = readServiceTemplate(text, { format })
  if (!template) throw problemOfTemplate('the service template', findings)
  const read = controlLoopTypes(template, locate)
  const all = [...findings, ...read.findings]
  if (read.findings.some(({ severity }) => severity === 'error')) throw problemOfTemplate('the service template', all)
  if (read.types.length === 0)
    throw badRequest(
      'no-control-loop',
      `there is no control loop in the service template: no node template is of type ${CONTROL_LOOP}, or of one that derives from it`,
      { findings: warningsIn(all) },
    )
  return { template, types: read.types, warnings: warningsIn(all) }
}

export const mountCommissioning = (app: App, parts: GatewayParts, asks: Asking, commissioned: Commissioned): void => {
  const { config } = parts
  const wait = settled(parts, asks)

  /** By its own name; else by the name of a type of loop, if there is no other in the same template. */
  const named = async (id: Concept): Promise<CommissionedTemplate> => {
    const own = await commissioned.template(id)
    if (own) return own
    const definition = await commissioned.definition(id)
    const template = definition && (await commissioned.templateOf(definition))
    if (!template) {
      const known = [
        ...(await commissioned.templates({})).map((one) => conceptText(one.id)),
        ...(await commissioned.definitionNames()),
      ]
      throw notFound(`Control Loop definition not found: ${conceptText(id)}`, {
        nearest: nearestNames(conceptText(id), known),
      })
    }
    if (template.types.size > 1)
      throw badRequest(
        'not-alone',
        `${conceptText(id)} is one of ${template.types.size} types of loops of service template ${conceptText(template.id)}: decommission that one`,
        { template: template.id, definitions: [...template.types.keys()] },
      )
    return template
  }

  app.openapi(commissionRoute(config.projectBytesMax), async (c) => {
    const { template, types, warnings } = readLoopTemplate(await c.req.text(), formatOf(c))
    const { name, version } = template
    const content = contentOf(template, types)
    refuseTooLarge({ name, version }, content)
    const command: TemplateCommand = { type: 'commission', content }
    const reply = await asks.ask<TemplateReply>(serviceTemplateRef({ name, version }), command, requestIdOf(c))
    const { revision } = acceptedByOnap(reply)
    await wait<DefinitionState>(
      types.map(({ definition }) => definitionRef(definition)),
      (state) => state?.presence === 'commissioned' && state.revision >= revision,
    )
    const affected = { affectedControlLoopDefinitions: namesIn(template) }
    return c.json({ ...affected, ...(warnings.length === 0 ? {} : { warnings: [...warnings] }) }, 200)
  })
  app.openapi(decommissionRoute, async (c) => {
    const { id, template, types } = await named(c.req.valid('query'))
    const command: TemplateCommand = { type: 'decommission' }
    acceptedByOnap(await asks.ask<TemplateReply>(serviceTemplateRef(id), command, requestIdOf(c)))
    await wait<DefinitionState>(
      [...types.keys()].map((type) => definitionRef(conceptOf(type))),
      (state) => state === undefined || state.presence === 'absent',
    )
    return c.json({ affectedControlLoopDefinitions: namesIn(template) }, 200)
  })
  app.openapi(listRoute, async (c) => {
    const { name, version } = c.req.valid('query')
    const filter = {
      ofType: CONTROL_LOOP,
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
    }
    const all = await commissioned.templates({})
    return c.json(
      all.flatMap(({ template }) => [...nodeTemplates(template, filter)]),
      200,
    )
  })
  app.openapi(elementsRoute, async (c) => {
    const { name, version } = c.req.valid('query')
    const found = (await commissioned.templates({})).flatMap(({ template, types }) =>
      [...types.values()]
        .filter(
          ({ definition }) =>
            (name ?? definition.name) === definition.name && (version ?? definition.version) === definition.version,
        )
        .map((type) => ({ template, type })),
    )
    const [one] = found
    if (!one || found.length > 1)
      throw notOne('types of control loops are', found.length, {
        selected: found.slice(0, 20).map(({ type }) => conceptText(type.definition)),
      })
    const views = one.type.elements.flatMap(({ definition }) => nodeTemplates(one.template, definition))
    return c.json(views, 200)
  })
}
