import { describe, expect, test } from 'vitest'
import { DEFAULT_WORKER_CONFIG } from '../../drivers/config.ts'
import { readGatewayConfig } from '../../gateway/config.ts'
import { CONFIGURABLE, configurationProblems, readConfiguration, settingsOf, VALUE_CHARS_MAX } from './configurable.ts'

describe('what is declared', () => {
  const services = Object.entries(CONFIGURABLE) as [keyof typeof CONFIGURABLE, object][]

  test('takes its own defaults', () => {
    for (const [service] of services)
      for (const [key, setting] of Object.entries(settingsOf(service)))
        expect([key, configurationProblems(service, { [key]: setting.default })]).toEqual([key, []])
  })

  test('has the defaults of whoever works with them', () => {
    const defaults = (service: string) =>
      Object.fromEntries(Object.entries(settingsOf(service)).map(([key, setting]) => [key, setting.default]))
    const { settings: gateway } = readConfiguration('gateway', defaults('gateway'))
    expect(readGatewayConfig({})).toMatchObject(gateway)
    const { simulatedResourceManagers, ...driver } = readConfiguration('driver', defaults('driver')).settings
    expect(DEFAULT_WORKER_CONFIG).toMatchObject(driver)
    expect(simulatedResourceManagers).toEqual(new Set())
  })
})

test('values are read with their types; what is not understood is left out and named', () => {
  const values = {
    callTimeoutMs: '250',
    simulatedResourceManagers: ' brent, lab,,',
    callsPerDriverMax: '0',
    newer: '1',
  }
  const { settings, problems } = readConfiguration('driver', values)
  expect(settings).toEqual({ callTimeoutMs: 250, simulatedResourceManagers: new Set(['brent', 'lab']) })
  expect(problems.map(({ key }) => key)).toEqual(['callsPerDriverMax', 'newer'])
})

test('numbers are whole, within their bounds, and written as such', () => {
  for (const value of ['0', '100001', '-1', '1.5', '1e3', '', ' 1', 'NaN', '9'.repeat(VALUE_CHARS_MAX + 1)])
    expect(configurationProblems('gateway', { inFlightMax: value })).toHaveLength(1)
  for (const value of ['1', '100000', '007'])
    expect(configurationProblems('gateway', { inFlightMax: value })).toEqual([])
})
