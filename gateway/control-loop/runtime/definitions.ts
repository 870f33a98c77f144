/** `/api/runtime/control-loop-definitions`: types of control loops, their parameters for forms, and their common properties. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { CONTROL_LOOP_DEFINITION, definitionRef, serviceTemplateRef } from '../../../actors/addresses.ts'
import type { DefinitionState } from '../../../actors/control-loop-definition/protocol.ts'
import { controlLoopTypes } from '../../../actors/model/tosca/control-loop-types.ts'
import { ELEMENTS_MAX } from '../../../actors/model/tosca/loop-elements.ts'
import { parametersSchema } from '../../../actors/model/tosca/parameters-schema.ts'
import { withCommonProperties } from '../../../actors/model/tosca/template-edits.ts'
import type { TemplateCommand, TemplateReply } from '../../../actors/service-template/protocol.ts'
import { concept, type Concept, conceptOf, conceptText } from '../../../participants/protocol/concept.ts'
import { properties } from '../../../participants/protocol/conversation.ts'
import type { Asking } from '../../asking.ts'
import { jsonBody } from '../../body.ts'
import { nearestNames } from '../../hints.ts'
import type { GatewayParts } from '../../parts.ts'
import { badRequest, notFound, Problem } from '../../problem.ts'
import { accepted } from '../../refusals.ts'
import { answers, type App } from '../../routes.ts'
import type { Commissioned, CommissionedTemplate } from '../commissioned.ts'
import { contentOf } from '../content.ts'
import { problemOfTemplate, warningsIn } from '../findings.ts'
import { refuseTooLarge } from '../message-sizes.ts'
import { settled } from '../settled.ts'
import { definitionDetails, definitionSummary, viewDefinition, viewDefinitionRow } from './definition-view.ts'
import { mountList } from './list-route.ts'

const tags = ['Control loops']
const path = '/api/runtime/control-loop-definitions'
const params = z.object({ name: concept.shape.name, version: concept.shape.version })

const oneRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}`,
  operationId: 'getControlLoopDefinition',
  tags,
  summary: 'A type of control loop: its elements, how many loops there are of it, which participants know it',
  request: { params },
  responses: answers('The type', definitionDetails),
})
const parametersRoute = createRoute({
  method: 'get',
  path: `${path}/{name}/{version}/parameters`,
  operationId: 'getControlLoopParameters',
  tags,
  summary: 'What can be set per instance, or once per type, as JSON Schema: for forms',
  request: {
    params,
    query: z.object({
      which: z.enum(['common', 'instance']).default('instance'),
      element: z.string().optional().meta({ description: '`<name>:<version>`; absent: all of them' }),
    }),
  },
  responses: answers(
    'JSON Schema (2020-12) by element',
    z.object({ elements: z.record(z.string(), properties) }).meta({ id: 'ControlLoopParameters' }),
  ),
})
const commonRoute = (bytesMax: number) =>
  createRoute({
    method: 'put',
    path: `${path}/{name}/{version}/common-properties`,
    operationId: 'setCommonProperties',
    tags,
    summary: 'Set properties once for all control loops of a type; its participants are told',
    description: 'Properties that aren’t named stay as they are; null takes a value away, so that its default counts.',
    middleware: jsonBody(bytesMax),
    request: {
      params,
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .object({
                elements: z
                  .record(z.string(), properties)
                  .refine((record) => Object.keys(record).length <= ELEMENTS_MAX, `more than ${ELEMENTS_MAX} elements`)
                  .meta({ description: 'by `<name>:<version>`' }),
              })
              .meta({ id: 'CommonProperties' }),
            example: { elements: { 'org.example.Gate:1.0.0': { provider: 'Canal Works' } } },
          },
        },
      },
    },
    responses: answers('The type as it is now', definitionDetails),
  })

export const mountDefinitions = (app: App, parts: GatewayParts, asks: Asking, commissioned: Commissioned): void => {
  const { queries, config } = parts
  const wait = settled(parts, asks)

  const definitionOf = async (id: Concept): Promise<DefinitionState> => {
    const state = await commissioned.definition(id)
    if (state) return state
    const nearest = nearestNames(conceptText(id), await commissioned.definitionNames())
    throw notFound(`there is no control loop definition ${conceptText(id)}`, { nearest })
  }
  const sourceOf = async (state: DefinitionState): Promise<CommissionedTemplate> => {
    const source = await commissioned.templateOf(state)
    if (source) return source
    throw new Problem({
      status: 409,
      code: 'template-busy',
      message: `the service template of ${conceptText(state.id)} is being commissioned or decommissioned: wait until that is done`,
    })
  }
  const elementIn = (state: DefinitionState, text: string): Concept => {
    const known = (state.definition?.elements ?? []).map(({ definition }) => conceptText(definition))
    if (known.includes(text)) return conceptOf(text)
    throw badRequest(
      'unknown-element',
      `${conceptText(state.id)} has no element ${JSON.stringify(text.slice(0, 100))}`,
      {
        elements: known,
        nearest: nearestNames(text, known),
      },
    )
  }
  const view = async (id: Concept) => {
    const state = await definitionOf(id)
    const details = viewDefinition(state, await commissioned.templateOf(state))
    if (!details) throw notFound(`there is no control loop definition ${conceptText(id)}`)
    return details
  }

  mountList(app, queries, asks, {
    path,
    operationId: 'listControlLoopDefinitions',
    tags,
    summary: 'Types of control loops by name, page by page',
    description: 'A page of types',
    id: 'ControlLoopDefinitionPage',
    name: 'definitions',
    item: definitionSummary,
    asked: {},
    find: () => ({ query: { kind: CONTROL_LOOP_DEFINITION, field: 'id' }, keep: viewDefinitionRow }),
  })
  app.openapi(oneRoute, async (c) => c.json(await view(c.req.valid('param')), 200))
  app.openapi(parametersRoute, async (c) => {
    const { which, element } = c.req.valid('query')
    const state = await definitionOf(c.req.valid('param'))
    const wanted =
      element === undefined
        ? (state.definition?.elements ?? []).map(({ definition }) => definition)
        : [elementIn(state, element)]
    const { template } = await sourceOf(state)
    const schemas = wanted.map((one) => [conceptText(one), { ...parametersSchema(template, one, which) }] as const)
    return c.json({ elements: Object.fromEntries(schemas) }, 200)
  })
  app.openapi(commonRoute(config.bodyBytesMax), async (c) => {
    const id = c.req.valid('param')
    const state = await definitionOf(id)
    const changes = new Map(Object.entries(c.req.valid('json').elements))
    // The type itself may have common properties as well.
    for (const text of changes.keys()) if (text !== conceptText(id)) elementIn(state, text)
    const source = await sourceOf(state)
    const { template, findings } = withCommonProperties(source.template, changes)
    if (!template) throw problemOfTemplate('the change', findings, 'common-properties-invalid')
    const read = controlLoopTypes(template)
    if (read.findings.some(({ severity }) => severity === 'error'))
      throw problemOfTemplate('the change', [...read.findings, ...warningsIn(findings)], 'common-properties-invalid')
    const content = contentOf(template, read.types)
    refuseTooLarge(source.id, content)
    const command: TemplateCommand = { type: 'commission', content }
    const { revision } = accepted(await asks.ask<TemplateReply>(serviceTemplateRef(source.id), command), 'rest')
    await wait<DefinitionState>([definitionRef(id)], (now) => now !== undefined && now.revision >= revision)
    return c.json(await view(id), 200)
  })
}
