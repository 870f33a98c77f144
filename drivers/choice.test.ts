import { describe, expect, it } from 'vitest'
import { chooseDriver, driverFor, type DriverRegistry } from './choice.ts'
import type { Driver } from './protocol.ts'
import { sampleLocation } from './testing/sample-requests.ts'

const driver = (type: string): Driver => ({ type, execute: () => Promise.resolve(), close: () => Promise.resolve() })
const registry = (...types: readonly string[]): DriverRegistry => new Map(types.map((type) => [type, driver(type)]))
const none: ReadonlySet<string> = new Set()

describe('chooseDriver', () => {
  const here = registry('openstack', 'ansible', 'helm')

  it.each([
    [{ openstack: ['Openstack'] }, 'Openstack', 'openstack'],
    [{ ansible: ['*'], openstack: ['Openstack'] }, 'Openstack', 'openstack'],
    [{ ansible: ['*'], openstack: ['Openstack'] }, 'Kubernetes', 'ansible'],
    [{ elsewhere: ['Openstack'], ansible: ['*'] }, 'Openstack', 'ansible'],
    [{ helm: ['Kubernetes', 'OpenShift'] }, 'OpenShift', 'helm'],
  ])('chooses from %j for %s: %s', (selectors, type, expected) => {
    expect(chooseDriver(selectors, type, here).driver?.type).toBe(expected)
  })

  it('says what is missing', () => {
    expect(chooseDriver({ terraform: ['*'] }, 'Openstack', here).problem).toContain("'terraform' runs here")
    expect(chooseDriver({ helm: ['Kubernetes'] }, 'Openstack', here).problem).toContain('helm for Kubernetes')
    expect(chooseDriver({}, 'Openstack', here).problem).toContain('names no driver')
  })
})

describe('driverFor', () => {
  const here = registry('simulator', 'helm')
  const request = { drivers: { helm: ['*'] } }

  it.each([
    ['type', sampleLocation({ type: 'Simulated' }), none],
    ['property', sampleLocation({ type: 'Kubernetes', properties: { simulated: true } }), none],
    ['resource manager', sampleLocation({ type: 'Kubernetes' }), new Set(['brent'])],
  ] as const)('lets the simulator answer for a location simulated by its %s', (_by, location, managers) => {
    expect(driverFor(request, location, here, managers).driver?.type).toBe('simulator')
  })

  it('takes the named driver anywhere else', () => {
    const location = sampleLocation({ type: 'Kubernetes', properties: { simulated: false } })
    expect(driverFor(request, location, here, none).driver?.type).toBe('helm')
  })

  it('says that no simulator runs here', () => {
    expect(driverFor(request, sampleLocation(), registry('helm'), none).problem).toContain('no simulator driver')
  })
})
