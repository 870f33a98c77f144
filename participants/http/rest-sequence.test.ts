import { describe, expect, it } from 'vitest'
import { httpElement, restCalls } from './rest-sequence.ts'

const SECRET = 'do-not-tell'
const request = (more: Readonly<Record<string, unknown>> = {}) => ({
  restRequestId: { name: 'request1', version: '1.0.1' },
  httpMethod: 'PUT',
  path: 'v1/kv/pmsh',
  body: '{"a":1}',
  expectedResponse: 200,
  ...more,
})
const element = (more: Readonly<Record<string, unknown>> = {}, ...requests: unknown[]) => ({
  provider: 'ONAP',
  baseUrl: 'http://consul:8500',
  httpHeaders: { 'Content-Type': 'application/json', 'X-Token': SECRET },
  configurationEntities: [{ configurationEntityId: { name: 'e', version: '1.0.0' }, restSequence: requests }],
  ...more,
})
const calls = (given: unknown, baseUrl?: string) => {
  const parsed = httpElement.parse(given)
  return restCalls(parsed, baseUrl ?? parsed.baseUrl)
}

describe('a sequence', () => {
  it('is read as the templates write it', () => {
    expect(calls(element({}, request()))).toEqual([
      {
        shown: 'request request1:1.0.1 (PUT v1/kv/pmsh)',
        method: 'PUT',
        url: 'http://consul:8500/v1/kv/pmsh',
        headers: { 'content-type': 'application/json', 'x-token': SECRET },
        body: '{"a":1}',
        expected: 200,
      },
    ])
  })

  it('may stand in a map of entities, as the type file says', () => {
    const [{ restSequence }] = [{ restSequence: [request()] }]
    expect(calls({ ...element(), configurationEntities: { one: { restSequence }, two: {} } })).toHaveLength(1)
  })

  it('fills in parameters, and joins paths however they end', () => {
    const more = {
      path: '/{kind}/of a?fixed=1',
      pathParams: { kind: 'a/b' },
      queryParams: { token: SECRET, limit: 3 },
      body: { nested: [1] },
      expectedResponse: '404',
    }
    const [call] = calls(element({}, request(more)), 'http://consul:8500/base/')
    expect(call).toMatchObject({
      url: `http://consul:8500/base/a%2Fb/of%20a?fixed=1&token=${SECRET}&limit=3`,
      body: '{"nested":[1]}',
      expected: 404,
    })
    expect(call?.shown).not.toContain(SECRET)
  })

  it("says a URL's user in a header, and nowhere else", () => {
    const [call] = calls(element({}, request({ httpMethod: 'GET', body: '' })), `https://me:${SECRET}@consul/x`)
    expect(call?.url).toBe('https://consul/x/v1/kv/pmsh')
    expect(call?.headers['authorization']).toBe(`Basic ${Buffer.from(`me:${SECRET}`).toString('base64')}`)
    expect(call?.body).toBeUndefined()
  })

  it('takes a % in a password as it is, where it is none of an escape', () => {
    const [call] = calls(element({}, request()), 'https://me%40home:50%@consul')
    expect(call?.headers['authorization']).toBe(`Basic ${Buffer.from('me@home:50%').toString('base64')}`)
  })
})

describe('what cannot be called is refused, without telling what is secret', () => {
  it.each([
    ['no base', element({ baseUrl: `ftp://me:${SECRET}@consul` }, request())],
    ['a header with a line break', element({ httpHeaders: { 'X-Token': `${SECRET}\n` } }, request())],
    ['a header without a name', element({ httpHeaders: { 'X Token': SECRET } }, request())],
    ['a method that is not in the type', element({}, request({ httpMethod: 'PATCH', body: SECRET }))],
    ['an impossible status', element({}, request({ expectedResponse: 700, body: SECRET }))],
    ['a base with a query', element({ baseUrl: `http://consul/api?token=${SECRET}` }, request())],
    ['a base with a fragment', element({ testBaseUrl: `http://consul/api#${SECRET}` }, request())],
    ['a base with an empty query', element({ baseUrl: 'http://consul/api?' }, request())],
    ['a header of the connection', element({ httpHeaders: { 'Transfer-Encoding': SECRET } }, request())],
    ['a path parameter that leads back', element({}, request({ path: 'kv/{key}/x', pathParams: { key: '..' } }))],
    ['a path parameter that leads nowhere', element({}, request({ path: 'kv/{key}', pathParams: { key: '.' } }))],
    ['no path', element({}, { ...request({ body: SECRET }), path: undefined })],
    ['a GET with a body', element({}, request({ httpMethod: 'GET', body: SECRET }))],
    ['a parameter that is not given', element({}, request({ path: `{kind}?token=${SECRET}` }))],
    ['no entities', element({ configurationEntities: SECRET })],
  ])('%s', (_what, given) => {
    const problem = (() => {
      try {
        calls(given)
        return ''
      } catch (error) {
        return String(error)
      }
    })()
    expect(problem).not.toBe('')
    expect(problem).not.toContain(SECRET)
  })
})

it('what is refused is said in a sentence', () => {
  const parameter = element({}, request({ path: 'kv/{key}/x', pathParams: { key: '..' } }))
  expect(() => calls(parameter)).toThrow(
    'request request1:1.0.1 (PUT kv/{key}/x): path parameter key is "..", which would lead to another path',
  )
  expect(() => calls(element({ baseUrl: 'http://consul/?a=1' }))).toThrow('holds a query or a fragment')
  for (const name of ['Host', 'Transfer-Encoding', 'Expect', 'Keep-Alive', 'Connection', 'content-length'])
    expect(() => calls(element({ httpHeaders: { [name]: '1' } }))).toThrow('is a header of the connection')
  expect(calls(element({ httpHeaders: { Cookie: 'a=b' } }, request()))[0]?.headers['cookie']).toBe('a=b')
})
