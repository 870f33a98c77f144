import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, it } from 'vitest'
import { createGateway } from './app.ts'
import { stubParts } from './testing/stub-parts.ts'

interface Operation {
  readonly operationId?: string
  readonly responses: Readonly<Record<string, unknown>>
}
interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, { readonly type?: unknown }>> }
}

const document = async (): Promise<Document> => {
  const { app } = createGateway(stubParts())
  return (await (await app.request('/openapi.json')).json()) as Document
}

it('is a valid OpenAPI 3.1 document', async () => {
  const validator = new Validator()
  expect(await validator.validate((await document()) as unknown as Record<string, unknown>)).toMatchObject({
    valid: true,
  })
  expect(validator.version).toBe('3.1')
})

it('has every route but those that only refuse, each with its errors and an id of its own', async () => {
  const { app } = createGateway(stubParts())
  const { paths } = await document()
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  )
  const undescribed = ['GET /', 'GET /openapi.json', 'POST /api/intent/:name', 'POST /api/intent/:name/plan']
  const routes = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)
  expect([...new Set(routes)].filter((route) => !undescribed.includes(route)).sort()).toEqual(described.sort())

  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  const ids = operations.map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(operations.every(({ responses }) => 'default' in responses)).toBe(true)
})

it('describes shapes that contain themselves', async () => {
  const { schemas } = (await document()).components
  expect(schemas['Assembly']?.type).toBe('object')
  expect(JSON.stringify(schemas['Assembly'])).toContain('#/components/schemas/Cluster')
  expect(JSON.stringify(schemas['Cluster'])).toContain('#/components/schemas/Assembly')
})
