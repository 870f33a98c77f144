import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { executeBody, findBody } from '../http/lifecycle-body.ts'
import { driverRequest } from '../protocol.ts'
import { sampleLocation, sampleRequest } from '../testing/sample-requests.ts'
import { readExecute, readFind } from './lifecycle-request.ts'

const overTheWire = (body: unknown): unknown => JSON.parse(JSON.stringify(body))
const property = fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }))
const properties = fc.dictionary(fc.string(), property, { maxKeys: 5 })
const RESERVED = '__proto__'

describe('a request over the resource driver API', () => {
  it('arrives as it was sent, or is refused for a name that cannot be kept', () => {
    const given = fc.record({ resourceProperties: properties, requestProperties: properties })
    fc.assert(
      fc.property(given, (values) => {
        const request = sampleRequest({ ...values, outputNames: ['a'], drivers: {}, deadlineMs: 7 })
        const location = sampleLocation({ properties: { sim_delay_ms: '5' } })
        const { value, problem } = readExecute(overTheWire(executeBody(request, location, true)), 7)
        const reserved = Object.entries(values).find(([, named]) => Object.hasOwn(named, RESERVED))
        if (reserved) expect(problem).toContain(`${reserved[0]}.${RESERVED}`)
        else expect(value).toEqual({ request, location })
      }),
    )
  })

  it.each([
    'systemProperties',
    'resourceProperties',
    'requestProperties',
    'associatedTopology',
    'deploymentLocation.properties',
  ])('is refused with an entry of %s that cannot be kept', (place) => {
    const body: unknown = overTheWire(executeBody(sampleRequest(), sampleLocation(), true))
    let record = body as Record<string, unknown>
    for (const step of place.split('.')) record = record[step] as Record<string, unknown>
    Object.defineProperty(record, RESERVED, { value: { type: 'string', value: 'a' }, enumerable: true })
    const { value, problem } = readExecute(overTheWire(body), 1)
    expect(value).toBeUndefined()
    expect(problem).toContain("can't be used as a name: take another")
    expect(problem).toContain(`${place}.${RESERVED}`)
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
