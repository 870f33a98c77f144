import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventsAfter, given, published } from '../assembly/testing/given.ts'
import { SERVICE_CHANGES_TOPIC } from './changes.ts'
import { serviceEntity } from './entity.ts'
import type { ServiceCommand, ServiceEvent } from './protocol.ts'

const definition = serviceEntity()
const gateway = (events: readonly ServiceEvent[] = []) => given(definition, 'gateway', events)
const configure = (values: Record<string, string>, expectedVersion?: number): ServiceCommand => ({
  type: 'configure',
  values,
  ...(expectedVersion === undefined ? {} : { expectedVersion }),
})
const after = (...said: readonly (readonly [ServiceCommand, number])[]): ServiceEvent[] =>
  eventsAfter(definition, 'gateway', [], said)

describe('configuration', () => {
  test('each change has a version, who and when, and is published', () => {
    const first = gateway()(configure({ inFlightMax: '5' }), 10, 'api')
    expect(first.reply).toEqual({ version: 1, changed: true })
    expect(first.state).toMatchObject({ version: 1, values: { inFlightMax: '5' }, changedAtMs: 10, changedBy: 'api' })
    expect(published(first.effects, SERVICE_CHANGES_TOPIC)).toEqual([{ service: 'gateway', version: 1 }])
    const second = gateway(after([configure({ inFlightMax: '5' }), 10]))(configure({}), 20)
    expect(second.state).toMatchObject({ version: 2, values: {} })
  })

  test('the same values again are no change', () => {
    const events = after([configure({ inFlightMax: '5', askDeadlineMs: '100' }), 10])
    const again = gateway(events)(configure({ askDeadlineMs: '100', inFlightMax: '5' }), 20)
    expect(again).toMatchObject({ events: [], effects: [], reply: { version: 1, changed: false } })
  })

  test('whoever built on another version is refused, and told the one that it is', () => {
    const events = after([configure({ inFlightMax: '5' }), 10])
    expect(gateway(events)(configure({}, 0)).reject).toMatchObject({
      code: 'configuration-conflict',
      details: { version: 1 },
    })
    expect(gateway(events)(configure({}, 1)).reply).toEqual({ version: 2, changed: true })
    expect(gateway()(configure({}, 0)).reply).toEqual({ version: 0, changed: false })
  })

  test('what is wrong is named, with what would be right', () => {
    const refused = gateway()(configure({ inFlightMax: 'many', inflight: '1', eventClientsMax: '3' })).reject
    expect(refused?.code).toBe('invalid-configuration')
    expect(refused?.details).toEqual({
      problems: [
        { key: 'inFlightMax', problem: 'expected a whole number from 1 to 100000, got "many"' },
        {
          key: 'inflight',
          problem: 'no such setting; there are inFlightMax, eventClientsMax, askDeadlineMs, readDeadlineMs',
        },
      ],
    })
    expect(gateway()(configure({ constructor: 'x' })).reject?.code).toBe('invalid-configuration')
  })

  test('of a service that nobody runs and nobody declared: there is none', () => {
    const other = given(definition, 'constructor')
    expect(other(configure({})).reject?.code).toBe('service-not-found')
    const seen = given(definition, 'other', [{ type: 'appeared', atMs: 1 }])
    expect(seen(configure({ a: 'b' })).reject?.reason).toContain('it has no settings')
  })
})

test('it is listed from its first instance on, and tells each the version', () => {
  expect(definition.fields?.(definition.initial('worker'))).toBeNull()
  const first = gateway()({ type: 'instance-seen' }, 10)
  expect([first.events, first.reply]).toEqual([[{ type: 'appeared', atMs: 10 }], { configurationVersion: 0 }])
  expect(definition.fields?.(first.state)).toEqual({ name: 'gateway', configurationVersion: '0' })
  const events = after([{ type: 'instance-seen' }, 10], [configure({ inFlightMax: '7' }), 20])
  expect(gateway(events)({ type: 'instance-seen' }, 30)).toMatchObject({
    events: [],
    reply: { configurationVersion: 1 },
  })
})

test('versions rise by one with each change, and never otherwise', () => {
  const change = fc.record({
    values: fc.dictionary(fc.constantFrom('inFlightMax', 'askDeadlineMs', 'other'), fc.constantFrom('10', '20', 'x')),
    expected: fc.option(fc.nat(4), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      let events: ServiceEvent[] = []
      for (const { values, expected } of changes) {
        const before = gateway(events)({ type: 'instance-seen' }).state
        const outcome = gateway(events)(configure(values, expected))
        const isChanged = outcome.events.length > 0
        expect(outcome.state.version).toBe(before.version + (isChanged ? 1 : 0))
        expect(outcome.state.values).toEqual(isChanged ? values : before.values)
        if (isChanged) expect(expected ?? before.version).toBe(before.version)
        events = [...events, ...outcome.events]
      }
    }),
    { numRuns: 100 },
  )
})
