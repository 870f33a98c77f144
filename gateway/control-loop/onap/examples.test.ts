/** What the document of the API gives as examples is what it takes, and answers. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { until } from '../../../runtime/testing/until.ts'
import { ONAP, openLoopApi, type LoopApi } from '../testing/loop-api.ts'

interface Body {
  readonly example?: unknown
  readonly schema: {
    readonly example?: unknown
    readonly $ref?: string
    readonly allOf?: readonly { example?: unknown }[]
  }
}
interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, Body>> }
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, Body>> }>>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

let api: LoopApi
let document: Document
beforeAll(async () => {
  api = await openLoopApi()
  document = await api.get<Document>('/openapi.json')
})
afterAll(() => api.stop())

const operation = (method: string, path: string): Operation => {
  const found = document.paths[`${ONAP}/${path}`]?.[method]
  if (!found) throw new Error(`${method} ${path} isn't in the document`)
  return found
}
const answerOf = (method: string, path: string, status: string): unknown => {
  const { example, schema } = operation(method, path).responses[status]?.content['application/json'] ?? { schema: {} }
  return example ?? schema.example ?? schema.allOf?.find((part) => part.example !== undefined)?.example
}
/** Sends the example. */
const send = (method: string, path: string, type: string): Promise<Response> => {
  const example = operation(method, path).requestBody?.content[type]?.example
  if (example === undefined) throw new Error(`${method} ${path} has no example in ${type}`)
  const body =
    typeof example === 'string' ? example : type === 'application/json' ? JSON.stringify(example) : stringify(example)
  return api.ask(`${ONAP}/${path}`, { method: method.toUpperCase(), body, headers: { 'content-type': type } })
}

it.each(['application/json', 'application/yaml'])('examples in %s are accepted, one after the other', async (type) => {
  expect(await api.ok(send('post', 'commission', type))).toEqual(answerOf('post', 'commission', '200'))
  expect(await api.ok(send('post', 'instantiation', type))).toEqual(answerOf('post', 'instantiation', '200'))
  expect(await api.ok(send('put', 'instantiation', type))).toEqual(answerOf('put', 'instantiation', '200'))
  expect(await api.get(`${ONAP}/instantiation`)).toEqual(answerOf('get', 'instantiation', '200'))
  const missing = api.ask(`${ONAP}/instantiation?name=lock-8&version=1.0.0`, { method: 'DELETE' })
  expect(await api.refused(missing)).toEqual([404, answerOf('delete', 'instantiation', 'default')])

  const participant = { name: 'lock-participant-1', version: '1.0.0' }
  await api.comes(participant, { name: 'org.example.LockParticipant', version: '1.0.0' })
  expect(await api.ok(send('put', 'instantiation/command', type), 202)).toEqual(
    answerOf('put', 'instantiation/command', '202'),
  )
  await api.reaches('lock-7', 'PASSIVE')
  expect(await api.ok(send('post', 'instanceProperties', type))).toEqual(answerOf('post', 'instanceProperties', '200'))

  await api.ok(api.ask(`${ONAP}/instanceProperties?name=LevelLoop_Instance1&version=1.0.0`, { method: 'DELETE' }))
  await api.ok(api.order('UNINITIALISED', 'lock-7'), 202)
  await api.reaches('lock-7', 'UNINITIALISED')
  await api.ok(api.ask(`${ONAP}/instantiation?name=lock-7&version=1.0.0`, { method: 'DELETE' }))
  await until(
    async () => (await api.ask(`${ONAP}/commission?name=org.example.Lock&version=1.0.0`, { method: 'DELETE' })).ok,
  )
  expect(api.reported).toEqual([])
})
