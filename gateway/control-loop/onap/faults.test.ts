/** What faults of the runtime mean on ONAP's paths. */
import { expect, it } from 'vitest'
import { RuntimeFault, type FaultCode } from '../../../runtime/fault.ts'
import { createGateway } from '../../app.ts'
import { stubParts } from '../../testing/stub-parts.ts'
import { GREENHOUSE } from '../testing/greenhouse-template.ts'
import { ONAP } from '../testing/loop-api.ts'
import { anyText, textWithout } from '../testing/matchers.ts'

it.each<[FaultCode, number]>([
  ['deadline-exceeded', 504],
  ['overloaded', 429],
  ['closed', 503],
  ['unavailable', 503],
])('%s is %i, with Retry-After', async (code, status) => {
  const fail = async (): Promise<never> => {
    throw new RuntimeFault(code, 'as the test wants it')
  }
  const { app } = createGateway(stubParts({ client: { ask: fail }, queries: { list: fail, entities: fail } }))
  const headers = { 'content-type': 'application/yaml' }
  const answers = [
    await app.request(`${ONAP}/commission`, { method: 'POST', body: GREENHOUSE, headers }),
    await app.request(`${ONAP}/instantiation`),
    await app.request(`${ONAP}/instantiation?name=a&version=1.0.0`, { method: 'DELETE' }),
  ]
  for (const answer of answers) {
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, '1'])
    expect(await answer.json()).toMatchObject({ errorDetails: anyText, details: { code } })
  }
})

it.each<FaultCode>(['limit-exceeded', 'invalid-message'])('%s is 400: the API of ONAP knows no 422', async (code) => {
  const fail = async (): Promise<never> => {
    throw new RuntimeFault(code, 'as the test wants it')
  }
  const { app } = createGateway(stubParts({ client: { ask: fail } }))
  const headers = { 'content-type': 'application/yaml' }
  const answer = await app.request(`${ONAP}/commission`, { method: 'POST', body: GREENHOUSE, headers })
  expect([answer.status, await answer.json()]).toMatchObject([400, { errorDetails: anyText, details: { code } }])
})

it('a fault of ours tells nothing of the inside', async () => {
  const reported: unknown[] = []
  const queries = {
    list: async (): Promise<never> => {
      throw new TypeError('secret internals')
    },
  }
  const gateway = createGateway({ ...stubParts({ queries }), report: (_text, error) => reported.push(error) })
  const answer = await gateway.app.request(`${ONAP}/instantiation`)
  expect([answer.status, await answer.text()]).toEqual([500, textWithout('secret')])
  expect([reported.length, gateway.unexpectedErrors()]).toEqual([1, 1])
})
