import { describe, expect, it } from 'vitest'
import { DriverRefusal } from '../protocol.ts'
import { DEFAULT_BEHAVIOUR, scriptedBehaviour } from './script.ts'

const refusalOf = (location: Record<string, unknown>, resource: Record<string, unknown>): string => {
  try {
    scriptedBehaviour(location, resource, 'Install')
  } catch (error) {
    if (error instanceof DriverRefusal) return error.message
    throw error
  }
  return ''
}

describe('scriptedBehaviour', () => {
  it('is prompt and faultless where nothing is said', () => {
    expect(scriptedBehaviour({ region: 'west' }, { size: '3', sim_fail: '' }, 'Install')).toEqual(DEFAULT_BEHAVIOUR)
  })

  it('takes the most particular delay, and the resource before its location', () => {
    const delay = (location: Record<string, unknown>, resource: Record<string, unknown>) =>
      scriptedBehaviour(location, resource, 'Install').delay
    expect(delay({ sim_delay_ms: 50 }, {})).toEqual({ minMs: 50, maxMs: 50 })
    expect(delay({ sim_delay_ms: 50, sim_delay_ms_Install: '10..20' }, {})).toEqual({ minMs: 10, maxMs: 20 })
    expect(delay({ sim_delay_ms_Install: 10 }, { sim_delay_ms: '7' })).toEqual({ minMs: 7, maxMs: 7 })
    expect(delay({}, { sim_delay_ms: '7', sim_delay_ms_Install: '8' })).toEqual({ minMs: 8, maxMs: 8 })
    expect(delay({}, { sim_delay_ms_Start: '8' })).toEqual({ minMs: 0, maxMs: 0 })
  })

  it('reads times and codes', () => {
    const of = (sim_fail: string) => scriptedBehaviour({}, { sim_fail }, 'Install').fail
    expect(of('Install')).toMatchObject({ times: 1, code: 'INFRASTRUCTURE_ERROR' })
    expect(of('Start, Install:2=INSUFFICIENT_CAPACITY')).toMatchObject({ times: 2, code: 'INSUFFICIENT_CAPACITY' })
    expect(of('*:always,Install:3')).toMatchObject({ times: 3 })
    expect(of('*:always')).toMatchObject({ times: Infinity })
    expect(of('Start')).toBeUndefined()
  })

  it('lets a resource override a default by none', () => {
    expect(scriptedBehaviour({ sim_fail: '*:always' }, { sim_fail: 'none' }, 'Install').fail).toBeUndefined()
  })

  it('puts outputs together', () => {
    const behaviour = scriptedBehaviour(
      { sim_outputs: { port: 5060, zone: 'a' } },
      { sim_outputs: '{"zone":"b","nets":["x","y"]}', sim_output_ip: '10.0.0.1', sim_outputs_Install: '{"key":true}' },
      'Install',
    )
    expect(behaviour.outputs).toEqual({ port: '5060', zone: 'b', nets: ['x', 'y'], ip: '10.0.0.1' })
    expect(behaviour.outputsNow).toEqual({ key: 'true' })
  })

  it.each([
    [{ sim_dely_ms: '5' }, 'sim_dely_ms'],
    [{ sim_delay_ms: 'soon' }, "'soon' is neither"],
    [{ sim_delay_ms: '20..10' }, "'20..10' is neither"],
    [{ sim_delay_ms_Start: '-1' }, "'-1' is neither"],
    [{ sim_delay_ms: '999999999' }, 'at most 86400000'],
    [{ sim_delay_ms: ['1', '2'] }, 'sim_delay_ms'],
    [{ sim_fail: 'Install=NO_SUCH_CODE' }, 'INSUFFICIENT_CAPACITY'],
    [{ sim_fail: 'Install:often' }, "'Install:often' isn't"],
    [{ sim_repeat: '0' }, 'from 1 to 100'],
    [{ sim_outputs: '[1]' }, 'not a JSON object'],
    [{ sim_outputs: '{' }, 'not a JSON object'],
  ])('refuses %j, and says why', (properties, text) => {
    expect(refusalOf({}, properties)).toContain(text)
    expect(refusalOf({}, properties)).toContain('resource property')
    expect(refusalOf(properties, {})).toContain('deployment location property')
  })
})
