/** Whatever is sent: an answer that says what is wrong, never a fault of ours. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGateway, type Gateway } from './app.ts'
import { INTENTS } from './lifecycle/intent-bodies.ts'
import { GREENHOUSE, house } from './control-loop/testing/greenhouse-template.ts'
import { realSystem, type RealSystem } from './testing/real-system.ts'
import { SAMPLE_INNER, SAMPLE_PROJECT, SAMPLE_RESOURCE, SAMPLE_SERVICE } from './testing/sample-descriptors.ts'

let system: RealSystem
let gateway: Gateway
const reported: unknown[] = []

beforeAll(async () => {
  system = await realSystem({ askDeadlineMs: 5_000 })
  gateway = createGateway({ ...system.parts, report: (text, error) => reported.push(text, error) })
  for (const body of [SAMPLE_RESOURCE, SAMPLE_INNER, SAMPLE_SERVICE])
    await gateway.app.request('/api/catalog/descriptors', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/yaml' },
    })
  const commissioned = await send('POST', '/onap/controlloop/v2/commission', GREENHOUSE, 'application/yaml')
  const made = await send('POST', '/onap/controlloop/v2/instantiation', loops([house(1)]))
  expect([commissioned.status, made.status]).toEqual([200, 200])
})
afterAll(() => system.stop())

const send = async (method: string, path: string, body: string, type = 'application/json'): Promise<Response> =>
  gateway.app.request(path, { method, body, headers: { 'content-type': type } })
const loops = (controlLoopList: readonly unknown[]): string => JSON.stringify({ controlLoopList })

const check = async (path: string, init: RequestInit): Promise<Response | undefined> => {
  let url: URL
  try {
    url = new URL(path, 'http://localhost')
  } catch {
    return undefined
  }
  const response = await gateway.app.request(url, init)
  if (response.headers.get('content-type') === 'text/event-stream') await response.body?.cancel()
  else if (response.status >= 400 && init.method !== 'HEAD') {
    const body = (await response.json()) as { localizedMessage?: string; errorDetails?: string; detail?: string }
    expect(body.localizedMessage ?? body.errorDetails ?? body.detail).toBeTypeOf('string')
  }
  expect([path, init, response.status, reported]).toEqual([
    path,
    init,
    expect.toSatisfy((status: number) => status < 500 || status === 501),
    [],
  ])
  return response
}

const name = fc.oneof(
  fc.constantFrom(
    'asm',
    'asm__A',
    'a b',
    '..',
    '%',
    '%zz',
    '%00',
    '__proto__',
    'constructor',
    'é',
    '😀',
    'assembly::service::1.0',
    'house-1',
    '1.0.0',
    'org.example.ClimateControlLoopDefinition',
    'PASSIVE',
    'x'.repeat(3000),
  ),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
)
const segment = name.chain((text) => fc.constantFrom(text, encodeURIComponent(text.toWellFormed())))
const words = fc.constantFrom(
  ...'api runtime entities instances processes dead-letters history waiting replay intent plan topology assemblies catalog descriptors deploymentLocations resource-managers metrics load integrity events health assembly resource process onap controlloop v2 commission instantiation command monitoring control-loops participants alarms control-loop-definitions service-templates'.split(
    ' ',
  ),
)
const anyPath = fc.array(fc.oneof(words, segment), { maxLength: 6 }).map((parts) => `/${parts.join('/')}`)
const query = fc
  .dictionary(
    fc.constantFrom(
      'name',
      'nameContains',
      'limit',
      'before',
      'after',
      'shallow',
      'startDateTime',
      'processStatuses',
      'assemblyName',
      'shard',
      'effective',
      'version',
      'orderedState',
      'section',
      'common',
      'recordCount',
      'startTime',
      'participant',
      'definition',
      'objectInstance',
      'which',
      'element',
      'controlLoop',
    ),
    name,
    { maxKeys: 3 },
  )
  .map((values) => new URLSearchParams(values).toString())
const knownPath = fc.tuple(fc.nat(), segment, segment, query).map(([index, first, second, search]) => {
  const routes = gateway.app.routes.filter(({ method }) => method !== 'ALL')
  const route = routes[index % routes.length] ?? { method: 'GET', path: '/' }
  let used = 0
  const path = route.path.replaceAll(/:\w+/g, () => (used++ === 0 ? first : second))
  return { method: route.method, path: `${path}?${search}` }
})
const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'BREW')
const contentType = fc.constantFrom(
  'application/json',
  'application/yaml',
  'text/plain',
  'application/json; charset=utf-16',
  '',
  ';',
  'multipart/form-data',
)
const body = fc.oneof(
  fc.json(),
  fc.string(),
  fc.constantFrom(
    '',
    'null',
    '[]',
    '{}',
    '&a [*a]',
    'a: &x [*x, *x]',
    'name: [1',
    `name: resource::x::1.0\n${'- '.repeat(500)}`,
    '{"__proto__": {"a": 1}}',
  ),
)
const headers = fc.record(
  {
    'content-type': contentType,
    'x-onap-requestid': fc.constantFrom('', 'x', '7b3f9f5a-1c0d-4f8e-9c62-0d9a6f3b2c11', 'x'.repeat(500)),
    'idempotency-key': fc.string({ unit: fc.constantFrom('a', ' ', '~', '"'), maxLength: 300 }),
    'last-event-id': fc.constantFrom('', '-1', 'x', '99999999999999999999', '1'),
    'x-tracectx-transactionid': fc.string({ unit: fc.constantFrom('a', '0', '-'), maxLength: 100 }),
  },
  { requiredKeys: [] },
)
const initOf = (verb: string, text: string, fields: Record<string, string | undefined>): RequestInit => ({
  method: verb,
  headers: Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ),
  ...(verb === 'GET' || verb === 'HEAD' ? {} : { body: text }),
})

it('stands any path, method, headers and body', async () => {
  await fc.assert(
    fc.asyncProperty(anyPath, method, body, headers, async (path, verb, text, fields) => {
      await check(path, initOf(verb, text, fields))
    }),
    { numRuns: 400 },
  )
})

it('stands any values in the paths and queries that there are', async () => {
  await fc.assert(
    fc.asyncProperty(knownPath, body, headers, async ({ path, method: verb }, text, fields) => {
      await check(path, initOf(verb, text, fields))
    }),
    { numRuns: 600 },
  )
})

const value = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'asm',
      'asm__A',
      'B',
      'Active',
      'OK',
      'assembly::service::1.0',
      'here',
      'x'.repeat(600),
      '',
    ),
  },
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.double(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 3 }),
)
const fields = fc.dictionary(
  fc.constantFrom(
    'assemblyName',
    'assemblyId',
    'descriptorName',
    'intendedState',
    'properties',
    'clusterName',
    'brokenComponentName',
    'brokenComponentId',
    'name',
    'type',
    'url',
    'infrastructureType',
    'metricKey',
    'metricName',
    'integrity',
    'load',
    'files',
    'infrastructureSpecificProperties',
    'controlLoopList',
    'controlLoopIdentifierList',
    'orderedState',
    'topology_template',
    'elements',
    'state',
    'userId',
  ),
  value,
)
const bodyRoutes = [
  ...Object.keys(INTENTS).flatMap((intent) => [`POST /api/intent/${intent}`, `POST /api/intent/${intent}/plan`]),
  'POST /api/deploymentLocations',
  'PUT /api/deploymentLocations/here',
  'POST /api/resource-managers',
  'PUT /api/resource-managers/brent',
  'POST /api/metrics/integrity',
  'POST /api/metrics/load',
  'POST /api/runtime/projects',
  'PUT /api/runtime/services/gateway/configuration',
  'POST /onap/controlloop/v2/commission',
  'POST /onap/controlloop/v2/instantiation',
  'PUT /onap/controlloop/v2/instantiation',
  'PUT /onap/controlloop/v2/instantiation/command',
  'POST /onap/controlloop/v2/instanceProperties',
  'PUT /api/runtime/participants/roof/1.0.0/state',
  'POST /api/runtime/alarms/none/acknowledge',
  'PUT /api/runtime/control-loop-definitions/org.example.ClimateControlLoopDefinition/1.0.0/common-properties',
]

it('stands any values in the bodies that there are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...bodyRoutes), fields, async (route, content) => {
      const [verb = '', path = ''] = route.split(' ')
      await check(path, initOf(verb, JSON.stringify(content), { 'content-type': 'application/json' }))
    }),
    { numRuns: 600 },
  )
})

const spoil = (text: string, at: number, piece: string): string => {
  const place = at % (text.length + 1)
  return text.slice(0, place) + piece + text.slice(place + piece.length)
}
const piece = fc.oneof(
  fc.constantFrom('${', '}', '&a', '*a', '[', ': ', '\n', '\t', '!!js', "'", '0', '__', '\u0000'),
  fc.string({ maxLength: 5 }),
)

it('stands descriptors and projects with pieces changed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      piece,
      fc.constantFrom(SAMPLE_RESOURCE, SAMPLE_INNER, SAMPLE_SERVICE),
      async (at, text, sample) => {
        const changed = spoil(sample, at, text)
        await check('/api/catalog/descriptors', initOf('POST', changed, { 'content-type': 'application/yaml' }))
        const files = SAMPLE_PROJECT.map((file) => ({ path: file.path, text: spoil(file.text, at, text) }))
        await check(
          '/api/runtime/projects',
          initOf('POST', JSON.stringify({ files }), { 'content-type': 'application/json' }),
        )
      },
    ),
    { numRuns: 200 },
  )
})

it('stands service templates and control loops with pieces changed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), piece, fc.constantFrom('POST', 'PUT'), async (at, text, verb) => {
      const template = initOf('POST', spoil(GREENHOUSE, at, text), { 'content-type': 'application/yaml' })
      await check('/onap/controlloop/v2/commission', template)
      await check('/onap/controlloop/v2/instanceProperties', template)
      const body = spoil(loops([house(at % 5, { opening: 1, place: 'roof' })]), at, text)
      await check('/onap/controlloop/v2/instantiation', initOf(verb, body, { 'content-type': 'application/json' }))
      await check('/onap/controlloop/v2/instantiation', initOf(verb, body, { 'content-type': 'application/yaml' }))
    }),
    { numRuns: 150 },
  )
})

it('has met nothing that it did not expect', () => {
  expect(gateway.unexpectedErrors()).toBe(0)
  expect(reported).toEqual([])
})
