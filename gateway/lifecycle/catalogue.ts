/** `/api/catalog/descriptors`: what can be ordered. Descriptors come and go as YAML. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { DESCRIPTOR, descriptorRef } from '../../actors/addresses.ts'
import type { DescriptorCommand, DescriptorPutReply, DescriptorState } from '../../actors/descriptor/protocol.ts'
import { effective } from '../../actors/model/catalogue.ts'
import { readDescriptor } from '../../actors/model/descriptor-reader.ts'
import type { Descriptor, Finding } from '../../actors/model/descriptor.ts'
import { readYaml } from '../../actors/model/yaml-document.ts'
import type { Asking } from '../asking.ts'
import { YAML_TYPES, yamlBody } from '../body.ts'
import { nearestNames } from '../hints.ts'
import type { GatewayParts } from '../parts.ts'
import { notFound } from '../problem.ts'
import { accepted } from '../refusals.ts'
import { lifecycleErrors, locationHeader, type App } from '../routes.ts'
import { SCANNED_MAX, scan } from '../scan.ts'
import { catalogueOf, findingText, problemOfFindings } from './descriptors.ts'
import { effectiveYaml } from './descriptor-yaml.ts'

const tags = ['Catalogue']
const path = '/api/catalog/descriptors'
const params = z.object({ name: z.string().meta({ description: '`<kind>::<name>::<version>`' }) })
const yaml = { 'application/yaml': { schema: z.string() } }

const entry = z
  .object({
    name: z.string(),
    description: z.string(),
    links: z.array(z.object({ rel: z.literal('self'), href: z.string() })),
  })
  .meta({ id: 'CatalogueEntry' })
const stored = z
  .object({ descriptorName: z.string(), validationWarnings: z.array(z.string()) })
  .meta({ id: 'StoredDescriptor' })

const templateOf = (descriptor: Descriptor | undefined): string | undefined =>
  descriptor?.kind === 'assembly' ? descriptor.derivedFrom : undefined

const hrefOf = (name: string): string => `${path}/${name}`

const viewEntry = (name: string, description: string): z.infer<typeof entry> => ({
  name,
  description,
  links: [{ rel: 'self', href: hrefOf(name) }],
})

const listRoute = createRoute({
  method: 'get',
  path,
  operationId: 'listDescriptors',
  tags,
  summary: 'The descriptors of the catalogue, by name',
  responses: {
    200: { description: 'Descriptors', content: { 'application/json': { schema: z.array(entry) } } },
    ...lifecycleErrors,
  },
})
const newRoute = (bytesMax: number) =>
  createRoute({
    method: 'post',
    path,
    operationId: 'createDescriptor',
    tags,
    summary: 'Onboard a descriptor; its name stands in it',
    middleware: yamlBody(bytesMax),
    request: { body: { required: true, content: yaml } },
    responses: {
      201: {
        headers: locationHeader,
        description: 'It is there; its place is in Location',
        content: { 'application/json': { schema: stored } },
      },
      ...lifecycleErrors,
    },
  })
const getRoute = createRoute({
  method: 'get',
  path: `${path}/{name}`,
  operationId: 'getDescriptor',
  tags,
  summary: 'A descriptor as it was onboarded, or with what it inherits',
  request: {
    params,
    query: z.object({
      effective: z.enum(['true', 'false']).optional().meta({ description: 'true: with what it inherits merged in' }),
    }),
  },
  responses: { 200: { description: 'The descriptor', content: yaml }, ...lifecycleErrors },
})
const replaceRoute = (bytesMax: number) =>
  createRoute({
    method: 'put',
    path: `${path}/{name}`,
    operationId: 'replaceDescriptor',
    tags,
    summary: 'Another text for a descriptor; assemblies keep what they were made from',
    middleware: yamlBody(bytesMax),
    request: { params, body: { required: true, content: yaml } },
    responses: {
      200: { description: 'It is replaced', content: { 'application/json': { schema: stored } } },
      ...lifecycleErrors,
    },
  })
const removeRoute = createRoute({
  method: 'delete',
  path: `${path}/{name}`,
  operationId: 'deleteDescriptor',
  tags,
  summary: 'Take a descriptor from the catalogue; assemblies keep what they were made from',
  request: { params },
  responses: { 204: { description: 'It is gone' }, ...lifecycleErrors },
})

export const mountCatalogue = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries, config } = parts
  const catalogue = catalogueOf(parts, asks)
  const missing = async (name: string) =>
    notFound(`No descriptor found with name: ${name}`, { nearest: nearestNames(name, await catalogue.names()) })

  /** What is wrong is found here, with places; the entity checks again what it stores. */
  const put = async (text: string, mode: 'create' | 'replace', expected?: string) => {
    const { descriptor, findings } = readDescriptor(text, expected === undefined ? {} : { name: expected })
    if (!descriptor) throw problemOfFindings('the descriptor', findings)
    const command: DescriptorCommand = { type: 'put', text, mode }
    const reply = await asks.ask<DescriptorPutReply>(descriptorRef(descriptor.name), command)
    const { descriptorName, warnings } = accepted(reply, 'rest')
    return { descriptorName, validationWarnings: (warnings as readonly Finding[]).map(findingText) }
  }

  app.openapi(listRoute, async (c) => {
    const { items } = await scan(queries, asks, { kind: DESCRIPTOR, field: 'name' }, SCANNED_MAX, async (rows) => {
      const views = await asks.read(queries.entities<DescriptorState>(rows.map(({ id }) => descriptorRef(id))))
      return views.map((view) => (view?.state.present ? viewEntry(view.state.name, view.state.description) : undefined))
    })
    return c.json([...items], 200)
  })
  app.openapi(newRoute(config.bodyBytesMax), async (c) => {
    const view = await put(await c.req.text(), 'create')
    return c.json(view, 201, { Location: hrefOf(view.descriptorName) })
  })
  app.openapi(getRoute, async (c) => {
    const { name } = c.req.valid('param')
    const state = await catalogue.stored(name)
    if (!state) throw await missing(name)
    const headers = { 'Content-Type': YAML_TYPES[0] }
    if (c.req.valid('query').effective !== 'true') return c.body(state.text, 200, headers)
    const source = await catalogue.source(name)
    const own = source.find(name)
    if (!own) throw await missing(name)
    const merged = effective(source, own)
    if (!merged.descriptor) throw problemOfFindings(name, merged.findings)
    const documents: unknown[] = []
    for (let next: string | undefined = name; next !== undefined; next = templateOf(source.find(next))) {
      const text: string | undefined = next === name ? state.text : (await catalogue.stored(next))?.text
      documents.push(text === undefined ? {} : readYaml(text).document?.value())
    }
    return c.body(effectiveYaml(name, documents), 200, headers)
  })
  app.openapi(replaceRoute(config.bodyBytesMax), async (c) => {
    const { name } = c.req.valid('param')
    if (!(await catalogue.stored(name))) throw await missing(name)
    return c.json(await put(await c.req.text(), 'replace', name), 200)
  })
  app.openapi(removeRoute, async (c) => {
    const { name } = c.req.valid('param')
    const reply = await asks.ask(descriptorRef(name), { type: 'remove' })
    if (!reply.ok && reply.rejection.code.endsWith('-not-found')) throw await missing(name)
    accepted(reply, 'rest')
    return c.body(null, 204)
  })
}
