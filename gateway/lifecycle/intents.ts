/** `/api/intent/…`: orders, and what they would do (`…/plan`). */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { assemblyRef } from '../../actors/addresses.ts'
import { previewIntent } from '../../actors/assembly/planning.ts'
import type { AssemblyCommand, AssemblyState, IntentReply } from '../../actors/assembly/protocol.ts'
import { DEFAULT_ACTORS_CONFIG } from '../../actors/config.ts'
import type { DescriptorSet } from '../../actors/model/descriptor.ts'
import type { Intent } from '../../actors/model/intent.ts'
import type { Asking } from '../asking.ts'
import { jsonBody } from '../body.ts'
import { nearestNames } from '../hints.ts'
import type { GatewayParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { accepted, problemOfRejection } from '../refusals.ts'
import { lifecycleErrors, locationHeader, type App } from '../routes.ts'
import { assemblyLookup } from './assemblies.ts'
import { catalogueOf } from './descriptors.ts'
import { earlierOrder, fingerprintOf, idempotencyHeaders, processIdOf } from './idempotency.ts'
import { INTENTS, UNSUPPORTED_INTENTS, type IntentBody, type IntentName } from './intent-bodies.ts'
import { targetOf } from './intent-target.ts'
import { planPreview, viewPreview } from './process-view.ts'

const ordered = z
  .object({
    processId: z.string(),
    assemblyId: z.string(),
    assemblyName: z.string(),
    repeated: z.boolean().meta({ description: 'true: this very order had been given before, with the same key' }),
  })
  .meta({ id: 'Ordered' })

const tags = ['Intents']

export const mountIntents = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries, config } = parts
  const lookup = assemblyLookup(parts, asks)
  const catalogue = catalogueOf(parts, asks)

  const descriptorsOf = async (intent: Intent): Promise<{ descriptors?: DescriptorSet }> =>
    intent.type === 'CreateAssembly' ? { descriptors: await catalogue.set(intent.descriptorName) } : {}

  const order = async (body: IntentBody, key: string | undefined): Promise<z.infer<typeof ordered>> => {
    const processId = processIdOf(body, key)
    // Before anything is looked up: what the order was about may be gone by now.
    const earlier = key === undefined ? undefined : await earlierOrder(body, processId, queries, asks)
    if (earlier) return { ...earlier, repeated: true }
    const { intent, rootName } = await targetOf(body, lookup)
    const command: AssemblyCommand = {
      type: 'request-intent',
      processId,
      intent,
      ...(await descriptorsOf(intent)),
      ...(key === undefined ? {} : { idempotency: { key, fingerprint: fingerprintOf(intent) } }),
    }
    const reply = await asks.ask<IntentReply>(assemblyRef(rootName), command, processId)
    const { assemblyId, assemblyName, repeated, processId: given } = accepted(reply, 'rpc')
    return { processId: given, assemblyId, assemblyName, repeated }
  }

  /** The same function that the assembly itself plans with, on what is stored now. Nothing is said to anybody. */
  const preview = async (body: IntentBody) => {
    const { intent, rootName } = await targetOf(body, lookup)
    const state =
      (await lookup.root(rootName)) ?? (queries.kinds.get('assembly')?.initial(rootName) as AssemblyState | undefined)
    if (!state) throw new Problem({ status: 501, code: 'no-assemblies', message: 'no assemblies run on this node' })
    let ids = 0
    // The ids in a preview are placeholders: each new order makes its own.
    const newId = (): string => `preview-${++ids}`
    const limits = { ...DEFAULT_ACTORS_CONFIG, ...parts.planLimits }
    const planned = previewIntent(state, { intent, ...(await descriptorsOf(intent)) }, newId, limits)
    if (!planned.plan) throw problemOfRejection(planned.rejection, 'rpc')
    return viewPreview(planned.plan)
  }

  for (const [name, { type, summary, schema, example }] of Object.entries(INTENTS)) {
    const body = { required: true, content: { 'application/json': { schema, example } } }
    app.openapi(
      createRoute({
        method: 'post',
        path: `/api/intent/${name}`,
        operationId: name,
        tags,
        summary,
        middleware: jsonBody(config.bodyBytesMax),
        request: { headers: idempotencyHeaders, body },
        responses: {
          201: {
            headers: locationHeader,
            description: 'Accepted; the process that carries it out is in Location',
            content: { 'application/json': { schema: ordered } },
          },
          ...lifecycleErrors,
        },
      }),
      async (c) => {
        const fields = c.req.valid('json') as object
        const view = await order({ type, ...fields } as IntentBody, c.req.valid('header')['idempotency-key'])
        return c.json(view, 201, { Location: `/api/processes/${view.processId}` })
      },
    )
    app.openapi(
      createRoute({
        method: 'post',
        path: `/api/intent/${name}/plan`,
        operationId: `${name}Plan`,
        tags,
        summary: `The plan for it, without doing anything: ${summary.toLowerCase()}`,
        middleware: jsonBody(config.bodyBytesMax),
        request: { body },
        responses: {
          200: { description: 'What would be done', content: { 'application/json': { schema: planPreview } } },
          ...lifecycleErrors,
        },
      }),
      async (c) => c.json(await preview({ type, ...(c.req.valid('json') as object) } as IntentBody), 200),
    )
  }

  const supported = Object.keys(INTENTS) as IntentName[]
  const refuse = (name: string): never => {
    const known = UNSUPPORTED_INTENTS.includes(name)
    throw new Problem({
      status: known ? 501 : 404,
      code: known ? 'intent-not-supported' : 'unknown-intent',
      message: `${known ? `the intent ${name} is not supported yet` : `there is no intent ${name}`}; supported: ${supported.join(', ')}`,
      details: { supported, nearest: nearestNames(name, supported) },
    })
  }
  app.post('/api/intent/:name', (c) => refuse(c.req.param('name')))
  app.post('/api/intent/:name/plan', (c) => refuse(c.req.param('name')))
}
