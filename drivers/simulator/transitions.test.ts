import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ALL_TRANSITIONS } from '../testing/sample-requests.ts'
import { judge, type ObjectState, type Verdict } from './transitions.ts'

const verdict = (state: ObjectState, transition: string, declared?: readonly string[], doubtful = false): string => {
  const found: Verdict = judge({ state, doubtful }, transition, declared)
  return found.type === 'do' ? String(found.to) : found.type === 'already' ? 'already' : found.failure.code
}
const ALL: readonly string[] = ALL_TRANSITIONS

describe('judge', () => {
  it.each([
    [null, 'Create', 'Created'],
    ['Created', 'Create', 'RESOURCE_ALREADY_EXISTS'],
    [null, 'Start', 'RESOURCE_NOT_FOUND'],
    ['Created', 'Install', 'Installed'],
    ['Created', 'Start', 'INFRASTRUCTURE_ERROR'],
    ['Inactive', 'Start', 'Active'],
    ['Active', 'Start', 'INFRASTRUCTURE_ERROR'],
    ['Active', 'Integrity', 'Active'],
    ['Inactive', 'Integrity', 'INFRASTRUCTURE_ERROR'],
    ['Active', 'Stop', 'Inactive'],
    ['Installed', 'Uninstall', 'Created'],
    ['Active', 'Delete', 'INFRASTRUCTURE_ERROR'],
    ['Created', 'Delete', 'null'],
    [null, 'Delete', 'RESOURCE_NOT_FOUND'],
    [null, 'addToDispatchList', 'RESOURCE_NOT_FOUND'],
    ['Active', 'addToDispatchList', 'Active'],
    [null, 'FindReference', 'Active'],
  ] as const)('in state %s, %s gives %s', (state, transition, expected) => {
    expect(verdict(state, transition, ALL)).toBe(expected)
  })

  it('takes transitions that are not declared as done by themselves', () => {
    expect(verdict(null, 'Start', ['Start', 'Stop'])).toBe('Active')
    expect(verdict('Active', 'Stop', ['Start', 'Stop'])).toBe('null')
    expect(verdict('Created', 'Delete', ['Create', 'Delete'])).toBe('null')
    expect(verdict('Installed', 'Delete', ['Create', 'Install', 'Delete'])).toBe('null')
    expect(verdict('Created', 'Start', ['Create', 'Install', 'Start'])).toBe('INFRASTRUCTURE_ERROR')
  })

  it('lets a resource type that only starts and stops notice that its object is gone', () => {
    expect(verdict(null, 'Stop', ['Start', 'Stop'])).toBe('RESOURCE_NOT_FOUND')
  })

  it('checks only existence where it is not known what is declared', () => {
    expect(verdict(null, 'Start')).toBe('RESOURCE_NOT_FOUND')
    expect(verdict(null, 'Install')).toBe('Installed')
    expect(verdict('Installed', 'Delete')).toBe('null')
    expect(verdict('Active', 'Create')).toBe('RESOURCE_ALREADY_EXISTS')
  })

  it('accepts in doubt what is already so, and tearing down from anywhere', () => {
    expect(verdict('Active', 'Start', ALL, true)).toBe('already')
    expect(verdict('Created', 'Create', ALL, true)).toBe('already')
    expect(verdict('Active', 'Uninstall', ALL, true)).toBe('Created')
    expect(verdict(null, 'Delete', ALL, true)).toBe('already')
    expect(verdict(null, 'Stop', ALL, true)).toBe('RESOURCE_NOT_FOUND')
  })

  it('never objects to a whole life in the right order, whatever the type declares', () => {
    const life = ['Create', 'Install', 'Configure', 'Start', 'Integrity', 'Reconfigure', 'Stop', 'Start']
    const end = ['Stop', 'Uninstall', 'Delete']
    fc.assert(
      fc.property(fc.subarray([...ALL]), (declared) => {
        let state: ObjectState = null
        for (const transition of [...life, ...end].filter((name) => declared.includes(name))) {
          const found: Verdict = judge({ state, doubtful: false }, transition, declared)
          expect(found.type, `${transition} in ${String(state)} of ${declared.join()}`).toBe('do')
          if (found.type === 'do') state = found.to
        }
      }),
    )
  })
})
