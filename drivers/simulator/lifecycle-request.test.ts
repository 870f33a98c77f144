import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { executeBody, findBody } from '../http/lifecycle-body.ts'
import { driverRequest } from '../protocol.ts'
import { sampleLocation, sampleRequest } from '../testing/sample-requests.ts'
import { readExecute, readFind } from './lifecycle-request.ts'

const overTheWire = (body: unknown): unknown => JSON.parse(JSON.stringify(body))
const property = fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }))
/** No property has the name `__proto__`: descriptors and bodies with it are refused. */
const name = fc.string().filter((text) => text !== '__proto__')
const properties = fc.dictionary(name, property, { maxKeys: 5 })

describe('a request over the resource driver API', () => {
  it('arrives as it was sent', () => {
    const given = fc.record({ resourceProperties: properties, requestProperties: properties })
    fc.assert(
      fc.property(given, (values) => {
        const request = sampleRequest({ ...values, outputNames: ['a'], drivers: {}, deadlineMs: 7 })
        const location = sampleLocation({ properties: { sim_delay_ms: '5' } })
        const { value } = readExecute(overTheWire(executeBody(request, location, true)), 7)
        expect(value).toEqual({ request, location })
      }),
    )
  })

  it('says nothing of outputs and transitions to drivers in the field', () => {
    const body = executeBody(sampleRequest({ outputNames: ['a'] }), sampleLocation(), false)
    expect(Object.keys(body.systemProperties)).toEqual([
      'resourceId',
      'resourceName',
      'requestId',
      'metricKey',
      'resourceManagerId',
      'deploymentLocation',
      'resourceType',
    ])
  })

  it('names what a reference refers to', () => {
    const named = (given: Parameters<typeof sampleRequest>[0]) =>
      readFind(overTheWire(findBody(sampleRequest(given), sampleLocation()))).value?.instanceName
    expect(named({ resourceName: 'asm__net' })).toBe('asm__net')
    expect(named({ resourceProperties: { name: 'public', instance: '' } })).toBe('public')
    expect(named({ requestProperties: { instanceName: 'first' }, resourceProperties: { name: 'second' } })).toBe(
      'first',
    )
  })

  it('is understood or refused with a reason, whatever comes', () => {
    const valid = executeBody(sampleRequest(), sampleLocation(), true)
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({
        ...Object.fromEntries(
          Object.entries(valid).map(([name, value]) => [name, fc.oneof(fc.constant(value), fc.jsonValue())]),
        ),
      }),
    )
    fc.assert(
      fc.property(body, (given) => {
        const { value, problem } = readExecute(overTheWire(given), 1)
        if (value) expect(driverRequest.safeParse(value.request).success).toBe(true)
        else expect(problem).toMatch(/./)
      }),
    )
  })
})
