import { describe, expect, it } from 'vitest'
import { controlLoopTypes } from './control-loop-types.ts'
import { checkedInstance } from './instance-checks.ts'
import { nodeTemplates } from './node-template-views.ts'
import { readServiceTemplate } from './service-template-reader.ts'
import type { ServiceTemplate } from './service-template.ts'
import { withCommonProperties } from './template-edits.ts'
import { SLUICE_TEMPLATE } from './testing/sluice-template.ts'

const template = readServiceTemplate(SLUICE_TEMPLATE).template as ServiceTemplate
const GATE = { name: 'org.example.Gate', version: '1.0.0' }
const gateOf = (changed: ServiceTemplate | undefined) =>
  changed === undefined ? undefined : nodeTemplates(changed, { name: GATE.name })[0]?.properties

describe('withCommonProperties', () => {
  const change = (properties: Record<string, unknown>, concept = 'org.example.Gate:1.0.0') =>
    withCommonProperties(template, new Map([[concept, properties]]))

  it('sets what is set once per type, and leaves the template that it got', () => {
    const before = structuredClone(template)
    const { template: changed, findings } = change({ startPhase: 3, provider: 'Harbour', startDelay: null })
    expect(findings).toEqual([])
    expect(template).toEqual(before)
    expect(gateOf(changed)).toMatchObject({ startPhase: 3, provider: 'Harbour' })
    const [loop] = controlLoopTypes(changed as ServiceTemplate).types
    expect(loop?.elements[0]).toMatchObject({ startPhase: 3, startDelayMs: 0 })
  })

  it.each([
    [{ opening: 5 }, 'instance-property'],
    [{ startPase: 5 }, 'unknown-property'],
    [{ startPhase: 'x' }, 'wrong-type'],
    [{ startPhase: -1 }, 'constraint'],
    [{ participantType: { name: 'a' } }, 'missing-property'],
  ])('refuses %j', (properties, code) => {
    const { template: changed, findings } = change(properties)
    expect(changed).toBeUndefined()
    expect(findings.filter(({ severity }) => severity === 'error').map((one) => one.code)).toEqual([code])
    expect(findings[0]?.path).toContain('$.topology_template.node_templates["org.example.Gate"].properties.')
  })

  it('refuses what is too deep, or too large to be read again', () => {
    let deep: unknown = 1
    for (let level = 0; level < 20_000; level += 1) deep = { a: deep }
    const codesOf = (provider: unknown) => change({ provider }).findings.map(({ code }) => code)
    expect(codesOf(deep)).toContain('too-deep')
    expect(codesOf('x'.repeat(600_000))).toContain('too-large')
  })

  it('refuses node templates that are not there', () => {
    expect(change({}, 'org.example.Gate:2.0.0').findings).toMatchObject([{ code: 'unknown-node' }])
  })
})

describe('checkedInstance', () => {
  const found = (properties: Record<string, unknown>, element = GATE) =>
    checkedInstance(template, element, properties).findings.map(({ severity, code, path }) => [severity, code, path])

  it('has nothing to say about what is right', () => {
    expect(found({ opening: 10, gauge: { place: 'weir', next: { place: 'lock' } }, station: 'south' })).toEqual([])
    expect(found({})).toEqual([])
  })

  it.each([
    [{ opening: 'wide' }, 'error', 'wrong-type', '$.properties.opening'],
    [{ opening: 101 }, 'error', 'constraint', '$.properties.opening'],
    [{ opning: 1 }, 'error', 'unknown-property', '$.properties.opning'],
    [{ startPhase: 1 }, 'error', 'common-property', '$.properties.startPhase'],
    [{ gauge: { place: 'w' } }, 'error', 'constraint', '$.properties.gauge.place'],
    [{ gauge: {} }, 'error', 'missing-property', '$.properties.gauge'],
    [{ url: { get_input: 'hots' } }, 'error', 'unknown-input', '$.properties.url'],
    [
      JSON.parse('{"settings": {"__proto__": 1}}') as Record<string, unknown>,
      'error',
      'reserved-key',
      '$.properties.settings.__proto__',
    ],
  ])('%j', (properties, ...finding) => {
    expect(found(properties)).toEqual([finding])
  })

  it('names what is near, and misses what is required', () => {
    expect(checkedInstance(template, GATE, { opning: 1 }).findings[0]?.hint).toBe(`did you mean 'opening'?`)
    const without = readServiceTemplate(
      SLUICE_TEMPLATE.replace('        opening: 40\n', '').replace(/ {8}opening: \{.*\n/, ''),
    )
    expect(checkedInstance(without.template as ServiceTemplate, GATE, {}).findings).toMatchObject([
      { severity: 'warning', code: 'missing-property' },
    ])
    expect(found({}, { name: 'org.example.Gate', version: '9.0.0' })).toEqual([['error', 'unknown-element', '$']])
  })

  it('is not led astray by what is too deep', () => {
    let deep: unknown = 1
    for (let level = 0; level < 20_000; level += 1) deep = { a: deep }
    expect(found({ settings: deep }).map(([, code]) => code)).toEqual(['too-deep'])
  })
})
