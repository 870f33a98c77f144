/** Commissioning over ONAP's API, on the real runtime. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { GREENHOUSE, house } from '../testing/greenhouse-template.ts'
import { ONAP, openLoopApi, type LoopApi } from '../testing/loop-api.ts'
import { anyNumber, anyText, textLike, textWith } from '../testing/matchers.ts'

let api: LoopApi
beforeAll(async () => {
  api = await openLoopApi()
})
afterAll(() => api.stop())

const NODES = [
  { name: 'org.example.ActuatorParticipant', version: '1.0.0' },
  { name: 'org.example.Window', version: '1.0.0' },
  { name: 'org.example.Climate', version: '1.0.0' },
  { name: 'org.example.ClimateControlLoopDefinition', version: '1.0.0' },
]
const names = (nodes: readonly { name: string }[]) => nodes.map(({ name }) => name)

describe('a service template', () => {
  it('is commissioned from YAML or JSON, again and again, and shown', async () => {
    expect(await api.ok(api.yaml('POST', `${ONAP}/commission`, GREENHOUSE))).toEqual({
      affectedControlLoopDefinitions: NODES,
    })
    expect(await api.ok(api.send('POST', `${ONAP}/commission`, parse(GREENHOUSE)))).toEqual({
      affectedControlLoopDefinitions: NODES,
    })
    const loops = await api.get<{ name: string; type: string }[]>(`${ONAP}/commission`)
    expect(loops).toMatchObject([
      { name: 'org.example.ClimateControlLoopDefinition', type: 'org.onap.policy.clamp.controlloop.ControlLoop' },
    ])
    expect(await api.get(`${ONAP}/commission?name=other`)).toEqual([])
    expect(await api.get(`${ONAP}/commission?version=1.0.0`)).toHaveLength(1)
    expect(names(await api.get(`${ONAP}/commission/elements`))).toEqual(['org.example.Climate', 'org.example.Window'])
    const entity = await api.get<{ state: { revision: number } }>(
      '/api/runtime/entities/service-template/org.example.Greenhouse:1.2.0',
    )
    expect(entity.state.revision).toBe(1)
  })

  it('comes in YAML to whoever prefers it, with the headers of the API', async () => {
    const response = await api.ask(`${ONAP}/commission/elements`, {
      headers: { accept: 'application/yaml', 'x-onap-requestid': '7b3f9f5a-1c0d-4f8e-9c62-0d9a6f3b2c11' },
    })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/yaml',
      'x-onap-requestid': '7b3f9f5a-1c0d-4f8e-9c62-0d9a6f3b2c11',
      'x-minorversion': '0',
      'x-patchversion': '0',
      'x-latestversion': '1.0.0',
    })
    expect(names(parse(await response.text()) as { name: string }[])).toEqual([
      'org.example.Climate',
      'org.example.Window',
    ])
    const made = await api.ask(`${ONAP}/nowhere`)
    expect([made.status, made.headers.get('x-onap-requestid')]).toEqual([404, textLike(/^[0-9a-f-]{36}$/)])
    const neither = await api.refused(api.ask(`${ONAP}/commission`, { headers: { accept: 'image/png' } }))
    expect(neither[0]).toBe(406)
    const inYaml = await api.ask(`${ONAP}/commission/elements?name=none`, { headers: { accept: 'application/yaml' } })
    expect([inYaml.status, parse(await inYaml.text())]).toMatchObject([406, { errorDetails: anyText }])
  })

  it('is shown in parts', async () => {
    const reduced = await api.get<Record<string, unknown>>(`${ONAP}/commission/toscaservicetemplate`)
    expect(reduced).toMatchObject({ name: 'org.example.Greenhouse', version: '1.2.0' })
    expect((await api.ask(`${ONAP}/commission/toscaservicetemplate?name=none`)).status).toBe(404)
    expect(await api.get(`${ONAP}/commission/toscaServiceTemplateSchema?section=node_templates`)).toMatchObject({
      title: 'node_templates',
    })
    expect((await api.refused(api.ask(`${ONAP}/commission/toscaServiceTemplateSchema?section=none`)))[0]).toBe(400)
    const instance = await api.get<Record<string, { properties: unknown }>>(
      `${ONAP}/commission/getCommonOrInstanceProperties`,
    )
    expect(instance['org.example.Window']?.properties).toEqual({ opening: 40, place: null })
    const common = await api.get<Record<string, { properties: unknown }>>(
      `${ONAP}/commission/getCommonOrInstanceProperties?common=true`,
    )
    expect(common['org.example.Window']?.properties).toMatchObject({ startPhase: 1 })
  })

  it('is not decommissioned while there are loops, and its common properties can’t be fetched', async () => {
    await api.ok(api.send('POST', `${ONAP}/instantiation`, { controlLoopList: [house(1)] }))
    const query = 'name=org.example.Greenhouse&version=1.2.0'
    expect(await api.refused(api.ask(`${ONAP}/commission?${query}`, { method: 'DELETE' }))).toMatchObject([
      400,
      { details: { code: 'definition-in-use' } },
    ])
    expect(await api.refused(api.ask(`${ONAP}/commission/getCommonOrInstanceProperties?common=true`))).toMatchObject([
      400,
      { details: { code: 'instances-exist' } },
    ])
    await api.ok(api.ask(`${ONAP}/instantiation?name=house-1&version=1.0.0`, { method: 'DELETE' }))
  })

  it('is decommissioned by its own name, or by that of its only loop', async () => {
    const missing = await api.refused(
      api.ask(`${ONAP}/commission?name=org.example.Greenhuose&version=1.2.0`, { method: 'DELETE' }),
    )
    expect(missing).toMatchObject([404, { details: { nearest: ['org.example.Greenhouse:1.2.0'] } }])
    expect((await api.refused(api.ask(`${ONAP}/commission`, { method: 'DELETE' })))[0]).toBe(400)
    for (const query of [
      'name=org.example.Greenhouse&version=1.2.0',
      'name=org.example.ClimateControlLoopDefinition&version=1.0.0',
    ]) {
      expect(await api.ok(api.ask(`${ONAP}/commission?${query}`, { method: 'DELETE' }))).toEqual({
        affectedControlLoopDefinitions: NODES,
      })
      expect(await api.get(`${ONAP}/commission`)).toEqual([])
      expect((await api.refused(api.ask(`${ONAP}/commission/elements`)))[0]).toBe(406)
      await api.commission()
    }
  })
})

describe('what is no service template', () => {
  const post = (body: string, type = 'application/yaml') =>
    api.refused(api.ask(`${ONAP}/commission`, { method: 'POST', body, headers: { 'content-type': type } }))

  it('is refused with line and column', async () => {
    expect(await post(GREENHOUSE.replace('version: 1.2.0', 'version: [1.2'))).toMatchObject([
      400,
      { details: { findings: [{ code: 'yaml-syntax', line: anyNumber, column: anyNumber }] } },
    ])
    const unknown = GREENHOUSE.replace('- { name: org.example.Window,', '- { name: org.example.Windom,')
    const [status, { errorDetails, details }] = await post(unknown)
    expect([status, errorDetails]).toEqual([400, textWith("there is no node template 'org.example.Windom'")])
    expect(details.findings?.[0]).toMatchObject({ code: 'unknown-element' })
    expect(await post('{"tosca_definitions_version": ', 'application/json')).toMatchObject([
      400,
      { details: { code: 'malformed-json', line: 1, column: anyNumber } },
    ])
    const json = JSON.stringify({ ...(parse(GREENHOUSE) as object), node_types: 7 }, undefined, 2)
    expect((await post(json, 'application/json'))[1].details.findings?.[0]?.line).toBeGreaterThan(1)
  })

  it.each([
    ['nothing', ''],
    ['not a map', '[]'],
    ['an alias of itself', 'tosca_definitions_version: &a [*a]'],
    [
      'aliases of aliases',
      `a: &a [${'x,'.repeat(99)}]\n${'bcdefghi'
        .split('')
        .map((c, i) => `${c}: &${c} [${`*${'abcdefgh'[i]},`.repeat(9)}]`)
        .join('\n')}`,
    ],
    [
      'names of what every object has',
      'tosca_definitions_version: tosca_simple_yaml_1_3\ntopology_template:\n  node_templates:\n    __proto__: {type: constructor}',
    ],
    [
      'a type that is its own ancestor',
      GREENHOUSE.replace('derived_from: tosca.policies.Root', 'derived_from: org.example.policies.Climate'),
    ],
    ['very deep', `tosca_definitions_version: ${'['.repeat(5000)}`],
    ['too large', `# ${'x'.repeat(600_000)}`],
    ['no control loop', GREENHOUSE.replaceAll('org.onap.policy.clamp.controlloop.ControlLoop\n', 'tosca.nodes.Root\n')],
  ])('is refused: %s', async (_, text) => {
    const [status, { errorDetails }] = await post(text)
    expect([status, errorDetails.length > 10]).toEqual([400, true])
  })

  it('is refused by its size and its content type', async () => {
    const huge = 'x'.repeat(8_388_609)
    expect((await post(huge))[0]).toBe(413)
    expect((await post('<xml/>', 'application/xml'))[0]).toBe(415)
  })

  it('leaves no trace', () => {
    expect([api.gateway.unexpectedErrors(), api.reported]).toEqual([0, []])
  })
})
