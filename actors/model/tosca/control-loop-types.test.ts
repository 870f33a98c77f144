import { describe, expect, it } from 'vitest'
import { controlLoopTypes } from './control-loop-types.ts'
import { controlLoopType } from './element-type.ts'
import { readServiceTemplate } from './service-template-reader.ts'
import { SLUICE_TEMPLATE } from './testing/sluice-template.ts'

function loopsIn(text: string) {
  const { template, findings } = readServiceTemplate(text)
  if (template === undefined) throw new Error(JSON.stringify(findings))
  return controlLoopTypes(template)
}
const changed = (from: string | RegExp, to: string) => loopsIn(SLUICE_TEMPLATE.replace(from, to))
const errors = ({ findings }: ReturnType<typeof loopsIn>) =>
  findings.filter(({ severity }) => severity === 'error').map(({ code, path }) => `${code} ${path}`)

const SUMMER = '$.topology_template.node_templates["org.example.SummerLoop"].properties.elements'

describe('controlLoopTypes', () => {
  const { types, findings } = loopsIn(SLUICE_TEMPLATE)
  const [summer, winter] = types

  it('gives all loops, of derived types too', () => {
    expect(types.map(({ definition }) => definition.name)).toEqual(['org.example.SummerLoop', 'org.example.WinterLoop'])
    expect(summer).toMatchObject({ description: 'For the dry months', provider: 'Canal Works' })
    expect(winter?.elements.map(({ definition }) => definition.name)).toEqual(['org.example.Gate'])
    for (const type of types) expect(controlLoopType.parse(type)).toEqual(type)
    expect(findings).toMatchObject([{ severity: 'warning', code: 'unset-input' }])
  })

  it('gives what the runtime has to know of an element', () => {
    const [gate, policy] = summer?.elements ?? []
    expect(gate).toMatchObject({
      type: 'org.example.SluiceElement',
      typeVersion: '1.2.0',
      participantType: { name: 'org.example.SluiceParticipant', version: '3.0.0' },
      startPhase: 1,
      startDelayMs: 250,
      timeoutsMs: {
        UNINITIALISED2PASSIVE: 90_000,
        PASSIVE2RUNNING: 60_000,
        RUNNING2PASSIVE: 60_000,
        PASSIVE2UNINITIALISED: 60_000,
      },
      needsFragment: false,
    })
    expect(Object.keys(gate?.commonProperties ?? {})).toEqual([
      'provider',
      'participantType',
      'startPhase',
      'uninitializedToPassiveTimeout',
      'startDelay',
    ])
    expect(gate?.nodeTemplate).toMatchObject({
      name: 'org.example.Gate',
      version: '1.0.0',
      type_version: '1.2.0',
      properties: { settings: { host: 'sluice.example.org', part: 'rth' } },
    })
    expect(policy).toMatchObject({ startPhase: 2, needsFragment: true, typeVersion: '1.0.0' })
    expect(policy?.nodeTemplate['properties']).toMatchObject({ opening: 40, policy_id: { name: 'level' } })
  })

  it('takes defaults that are functions, and those in which there are some', () => {
    const text = SLUICE_TEMPLATE.replace(
      '    properties:\n      startPhase:\n        type: integer\n        default: 1\n',
      `    properties:
      startPhase: {type: integer, default: {get_input: phase}}
      participantId: {type: object, default: {name: {get_input: participant}, version: 1.0.0}}
`,
    ).replace(
      '  inputs:\n',
      '  inputs:\n    phase: {type: integer, default: 4}\n    participant: {type: string, default: P}\n',
    )
    const { types } = loopsIn(text)
    expect(types[1]?.elements[0]).toMatchObject({ startPhase: 4, participantId: { name: 'P', version: '1.0.0' } })
  })

  it('takes the participant of the proof of concept, however it is written', () => {
    const poc = changed(
      /participantType:\n {10}name: org.example.SluiceParticipant/g,
      'participant_Id:\n          name: P',
    )
    expect(errors(poc)).toEqual([])
    expect(poc.types[1]?.elements[0]).toMatchObject({
      participantType: { name: 'P', version: '3.0.0' },
      participantId: { name: 'P', version: '3.0.0' },
    })
  })

  it.each([
    [
      'an element that is not there',
      /- name: org.example.LevelPolicy/,
      '- name: org.example.LevelPolice',
      `unknown-element ${SUMMER}[1]`,
    ],
    [
      'a version that is not there',
      /(- name: org.example.LevelPolicy\n {12}version:) 1.0.0/,
      '$1 1.0.1',
      `unknown-element ${SUMMER}[1]`,
    ],
    [
      'the same element twice',
      /- name: org.example.LevelPolicy/,
      '- name: org.example.Gate',
      `duplicate-element ${SUMMER}[1]`,
    ],
    [
      'what is no element',
      /(- name:) org.example.LevelPolicy\n( {12}version:) 1.0.0/,
      '$1 org.example.SluiceParticipant\n$2 3.0.0',
      `not-an-element ${SUMMER}[1]`,
    ],
    [
      'no element',
      /elements:\n {10}- name: org.example.Gate\n {12}version: 1.0.0\n {10}- name: org.example.LevelPolicy\n {12}version: 1.0.0/,
      'elements: []',
      `no-elements ${SUMMER}`,
    ],
    ['no participant', /startPhase: 2\n/, 'participantType: ~\n', undefined],
  ])('refuses a loop with %s, and only that', (what, from, to, expected) => {
    const text =
      what === 'no participant'
        ? SLUICE_TEMPLATE.replace(
            /( {6}type: org.example.PolicyElement\n.*\n {6}properties:\n) {8}participantType:\n.*\n.*\n/,
            '$1',
          )
        : SLUICE_TEMPLATE.replace(from, to)
    const loops = loopsIn(text)
    expect(errors(loops)).toEqual([
      expected ?? 'no-participant-type $.topology_template.node_templates["org.example.LevelPolicy"].properties',
    ])
    expect(loops.types.map(({ definition }) => definition.name)).toEqual(['org.example.WinterLoop'])
  })

  it('warns of a participant in a version that the template has not', () => {
    const { findings, types } = changed(/(name: org.example.SluiceParticipant\n {10}version:) 3.0.0/, '$1 3.0.1')
    expect(types).toHaveLength(2)
    expect(findings.map(({ code }) => code)).toContain('participant-version')
  })

  it('refuses what would be too large with all references replaced', () => {
    const names = Array.from({ length: 40 }, (_, n) => `e${n}`)
    const { types, findings } = loopsIn(`tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  org.onap.policy.clamp.controlloop.ControlLoop: {properties: {elements: {type: list}}}
  org.onap.policy.clamp.controlloop.ControlLoopElement:
    properties:
      participantType: {type: object, default: {name: P, version: 1.0.0}}
      text: {type: string, default: {get_input: text}, metadata: {common: true}}
topology_template:
  inputs: {text: {type: string, default: "${'x'.repeat(300_000)}"}}
  node_templates:
    loop:
      type: org.onap.policy.clamp.controlloop.ControlLoop
      properties: {elements: [${names.map((name) => `{name: ${name}, version: 1.0.0}`).join(', ')}]}
${names.map((name) => `    ${name}: {type: org.onap.policy.clamp.controlloop.ControlLoopElement, version: 1.0.0}\n`).join('')}`)
    expect(types).toEqual([])
    expect(findings).toMatchObject([{ code: 'too-large', path: '$.topology_template.node_templates' }])
  })

  it('gives nothing for a template without loops', () => {
    expect(loopsIn('tosca_definitions_version: tosca_simple_yaml_1_3\n')).toEqual({ types: [], findings: [] })
  })
})
