/** `/openapi.json`, made from the very schemas that check the requests, and `/`, where everything else is. */
import { z } from 'zod'
import type { App } from './routes.ts'

const INFO = {
  title: 'Homeostat',
  version: '0.1.0',
  description:
    'Orders for network services and what becomes of them. Paths of the lifecycle API answer errors as ' +
    '`{url, localizedMessage, details}`, those of ONAP’s control loops as `{errorDetails, details}`, all others as ' +
    '`application/problem+json`.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
}

const TAGS = [
  { name: 'Intents', description: 'Orders: what an assembly is to become' },
  { name: 'Processes', description: 'The execution of orders' },
  { name: 'Topology', description: 'What exists' },
  { name: 'Catalogue', description: 'Descriptors: what can be ordered' },
  { name: 'Deployment locations', description: 'Where resources live' },
  { name: 'Resource managers', description: 'What carries out the lifecycle of resources' },
  { name: 'Metrics', description: 'Integrity and load, for the heal and scale policies' },
  { name: 'Events', description: 'What happens, as it happens' },
  { name: 'Runtime', description: 'Entities, their history, what they wait for; dead letters; whole projects' },
  { name: 'Services', description: 'What runs where, how it is, and how it is configured' },
  { name: 'Control loops: commissioning', description: 'Types of control loops, as ONAP’s API has them' },
  { name: 'Control loops: instantiation', description: 'Control loops and their orders, as ONAP’s API has them' },
  { name: 'Control loops: monitoring', description: 'Statistics, as ONAP’s API has them' },
  { name: 'Control loops', description: 'Loops, types, templates and participants: how they are, and why' },
  { name: 'Alarms', description: 'What doesn’t get on by itself' },
  { name: 'Operations', description: 'Health and figures of the node' },
]

/** A new document from the routes that the app has now. */
const openApiDocument = (app: App): object =>
  whereExactOptionalIsOptional(() =>
    app.getOpenAPI31Document(
      { openapi: '3.1.0', info: INFO, tags: TAGS, servers: [{ url: '/' }] },
      { unionPreferredType: 'oneOf' },
    ),
  )

/**
 * The generator takes for required what refuses `undefined`. An `exactOptional` field does, although it may be absent: so it takes it,
 * for as long as the document is made.
 */
const whereExactOptionalIsOptional = <Made>(make: () => Made): Made => {
  const prototype = z.ZodExactOptional.prototype as object
  const own = Object.getOwnPropertyDescriptor(prototype, 'safeParse')
  Object.defineProperty(prototype, 'safeParse', {
    configurable: true,
    value(this: z.ZodExactOptional, data: unknown) {
      return data === undefined ? { success: true, data } : z.safeParse(this, data)
    },
  })
  try {
    return make()
  } finally {
    if (own) Object.defineProperty(prototype, 'safeParse', own)
    else Reflect.deleteProperty(prototype, 'safeParse')
  }
}

const LINKS: Readonly<Record<string, string>> = {
  assemblies: '/api/topology/assemblies',
  processes: '/api/processes',
  descriptors: '/api/catalog/descriptors',
  deploymentLocations: '/api/deploymentLocations',
  resourceManagers: '/api/resource-managers',
  events: '/api/events',
  deadLetters: '/api/runtime/dead-letters',
  services: '/api/runtime/services',
  nodes: '/api/runtime/nodes',
  controlLoops: '/api/runtime/control-loops',
  controlLoopDefinitions: '/api/runtime/control-loop-definitions',
  serviceTemplates: '/api/runtime/service-templates',
  participants: '/api/runtime/participants',
  alarms: '/api/runtime/alarms',
  onapControlLoops: '/onap/controlloop/v2/instantiation',
  health: '/health',
  metrics: '/metrics',
  openapi: '/openapi.json',
}

export const mountDocuments = (app: App): void => {
  let text: string | undefined
  app.get('/openapi.json', (c) => {
    // Made at the first request: by then all routes are there.
    text ??= JSON.stringify(openApiDocument(app))
    return c.body(text, 200, { 'Content-Type': 'application/json' })
  })
  app.get('/', (c) => {
    if (c.req.header('accept')?.includes('text/html'))
      return c.text(
        ['Homeostat', '', ...Object.entries(LINKS).map(([name, path]) => `${name.padEnd(22)}${path}`), ''].join('\n'),
      )
    return c.json({ name: 'Homeostat', links: LINKS })
  })
}
