/** What people send by mistake, or in bad faith: an answer that says what is wrong, within moments, and nothing done. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import {
  ACTUATORS,
  climateOf,
  GREENHOUSE,
  house,
  POLICIES,
  ROOF,
  RULES,
  WINDOW,
  windowOf,
} from './testing/greenhouse-template.ts'
import { ONAP, openLoopApi, type LoopApi } from './testing/loop-api.ts'
import { having, listWith, textLike, textWith } from './testing/matchers.ts'

const JSON_TYPE = 'application/json'
const YAML_TYPE = 'application/yaml'
/** Far more than any of them takes. */
const LONGEST_MS = 4_000

let api: LoopApi
beforeAll(async () => {
  api = await openLoopApi()
  await api.commission()
  await api.ok(api.send('POST', `${ONAP}/instantiation`, { controlLoopList: [house(1)] }))
})
afterAll(() => api.stop())
afterEach(() => {
  expect([api.gateway.unexpectedErrors(), api.reported]).toEqual([0, []])
})

const refusal = async (method: string, path: string, body?: string, type = JSON_TYPE) => {
  const startedMs = performance.now()
  const init = { method, ...(body === undefined ? {} : { body, headers: { 'content-type': type } }) }
  const [status, answer] = await api.refused(api.ask(`${ONAP}/${path}`, init))
  expect(performance.now() - startedMs).toBeLessThan(LONGEST_MS)
  return [status, answer.errorDetails, answer.details] as const
}
const loopNames = async () => {
  const { controlLoopList } = await api.get<{ controlLoopList: { name: string }[] }>(`${ONAP}/instantiation`)
  return controlLoopList.map(({ name }) => name)
}

const HEAD = 'tosca_definitions_version: tosca_simple_yaml_1_3\n'
const changed = (from: string, to: string): string => {
  expect(GREENHOUSE).toContain(from)
  return GREENHOUSE.replace(from, () => to)
}
/** Each alias stands for ten of the one before. */
const aliases = (list: string): string =>
  [`a0: &a0 [${list}]`, ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(10)}]`)].join(
    '\n',
  )

describe('service templates', () => {
  it.each([
    [
      'inputs that refer to each other',
      changed(
        'topology_template:\n',
        'topology_template:\n  inputs:\n    a: { type: string, default: { get_input: b } }\n    b: { type: string, default: { get_input: a } }\n',
      ),
      /cycle|itself/,
      true,
    ],
    [
      'node types in a circle',
      changed(
        'derived_from: tosca.nodetypes.Root\n    properties:\n      provider: { type: string, required: false, metadata: { common: true } }\n      participantType',
        'derived_from: org.example.Actuator\n    properties:\n      provider: { type: string, required: false, metadata: { common: true } }\n      participantType',
      ),
      /derives from itself/,
      true,
    ],
    [
      'a type that isn’t there',
      changed('type: org.example.Actuator\n', 'type: org.example.Actuatr\n'),
      /did you mean 'org.example.Actuator'/,
      true,
    ],
    [
      'a TOSCA version that isn’t there',
      changed('tosca_simple_yaml_1_3', 'tosca_simple_yaml_9_9'),
      /no version of TOSCA/,
      true,
    ],
    [
      'an element that isn’t there',
      changed('- { name: org.example.Window,', '- { name: org.example.Windom,'),
      /did you mean 'org.example.Window'/,
      true,
    ],
    [
      'an element of another version',
      changed('- { name: org.example.Window, version: 1.0.0 }', '- { name: org.example.Window, version: 2.0.0 }'),
      /has the version 1.0.0, not 2.0.0/,
      true,
    ],
    [
      'an element without a participant',
      changed('        participantType: { name: org.example.ActuatorParticipant, version: 1.0.0 }\n', ''),
      /participant/,
      true,
    ],
    ['a property out of bounds', changed('startPhase: 1\n', 'startPhase: 1\n        opening: 170\n'), /opening/, true],
    ['a name that is too long', changed('name: org.example.Greenhouse', `name: ${'x'.repeat(300)}`), /name/, true],
    ['a version that is none', changed('version: 1.2.0', 'version: one'), /version/, true],
    ['two topology templates', `${GREENHOUSE}topology_template: {}\n`, /duplicate|twice|unique/i, true],
    [
      'a key twice',
      changed('  org.example.Actuator:\n', '  org.example.ClimatePolicy: {}\n  org.example.Actuator:\n'),
      /duplicate|twice|unique/i,
      true,
    ],
    ['aliases of aliases', `${HEAD}${aliases('x,x,x,x,x,x,x,x')}`, /alias/i, true],
    ['an alias that isn’t there', `${HEAD}description: *nowhere\n`, /no anchor/, true],
    [
      'a tag of another language',
      `${HEAD}description: !!python/object/apply:os.system ["true"]\n`,
      /single value/,
      true,
    ],
    [
      'thousands of keys',
      `${HEAD}metadata: {${Array.from({ length: 30_000 }, (_, n) => `k${n}: 1`).join(', ')}}\n`,
      /values|pieces|large/i,
      false,
    ],
  ] as const)('%s: refused, with the place', async (_, text, words, hasPlace) => {
    const [status, message, details] = await refusal('POST', 'commission', text, YAML_TYPE)
    expect([status, message]).toEqual([400, textLike(words)])
    const error = details.findings?.find(({ severity }) => severity === 'error')
    if (hasPlace) expect(error?.line).toBeGreaterThan(0)
  })

  it('may have names that objects have, too', async () => {
    const text = GREENHOUSE.replaceAll('org.example.Window', 'constructor')
      .replaceAll('org.example.Actuator\n', 'hasOwnProperty\n')
      .replaceAll('org.example.Actuator:', 'hasOwnProperty:')
      .replaceAll('org.example.ClimateControlLoopDefinition', 'toString')
      .replaceAll('org.example.Greenhouse', 'valueOf')
    await api.ok(api.yaml('POST', `${ONAP}/commission`, text))
    const toString = { name: 'toString', version: '1.0.0' }
    const window = { definition: { name: 'constructor', version: '1.0.0' }, participantId: ROOF }
    const loop = { name: '__proto__', version: '1.0.0', definition: toString, elements: { [windowOf(90)]: window } }
    await api.ok(api.send('POST', `${ONAP}/instantiation`, { controlLoopList: [loop] }))
    expect(await loopNames()).toContain('__proto__')
    await api.ok(api.ask(`${ONAP}/instantiation?name=__proto__`, { method: 'DELETE' }))
    await api.ok(api.ask(`${ONAP}/commission?name=valueOf&version=1.2.0`, { method: 'DELETE' }))
  })
})

describe('control loops', () => {
  const one = (change: object) => JSON.stringify({ controlLoopList: [{ ...house(20), ...change }] })
  const element = (change: object) =>
    one({ elements: { [windowOf(20)]: { definition: WINDOW, participantId: ROOF, ...change } } })
  const nowhere = { name: 'org.example.Nowhere', version: '1.0.0' }

  it.each([
    ['an unknown definition', one({ definition: nowhere }), 'Commissioned control loop definition not found'],
    ['an unknown element', element({ definition: nowhere }), 'has no element'],
    ['no participant, and none registered', element({ participantId: null }), 'no participant is named'],
    ['a name that is too long', one({ name: 'x'.repeat(256) }), '$.controlLoopList[0].name'],
    ['a name with a slash', one({ name: 'a/b' }), '$.controlLoopList[0].name'],
    ['a version that is none', one({ version: '1' }), '$.controlLoopList[0].version'],
    ['a description without end', one({ description: 'x'.repeat(5_000) }), 'description'],
    ['an id that is none', element({ id: 'house' }), 'UUID'],
    ['no elements', one({ elements: {} }), 'at least one element'],
    [
      'too many elements',
      one({ elements: Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [climateOf(n), {}])) }),
      'elements',
    ],
    ['a property that nobody knows', element({ propertiesMap: { constructor: 1 } }), 'constructor'],
    [
      'a property that objects keep for themselves',
      element({}).replace('"participantId"', '"propertiesMap":{"__proto__":{"opening":1}},"participantId"'),
      '__proto__',
    ],
    ['an element that objects keep for themselves', one({}).replaceAll(windowOf(20), '__proto__'), '__proto__'],
    ['nothing', '{}', 'controlLoopList'],
    ['null', 'null', 'the body'],
    ['a list', '[]', 'the body'],
    ['no loop', '{"controlLoopList":[]}', 'no control loop is in it'],
    ['the same loop twice', JSON.stringify({ controlLoopList: [house(20), house(20)] }), 'twice'],
  ])('%s: refused, new or changed, in JSON or YAML', async (_, body, words) => {
    const before = await loopNames()
    for (const method of ['POST', 'PUT']) {
      expect((await refusal(method, 'instantiation', body)).slice(0, 2)).toEqual([400, textWith(words)])
      const inYaml = await refusal(method, 'instantiation', stringify(JSON.parse(body)), YAML_TYPE)
      expect(inYaml[0]).toBe(400)
    }
    expect(await loopNames()).toEqual(before)
  })

  it.each(['instantiation', 'instantiation/command', 'instanceProperties', 'commission'])(
    '%s refuses bombs, other types and what is too large',
    async (path) => {
      const method = path.endsWith('command') ? 'PUT' : 'POST'
      expect((await refusal(method, path, aliases('x,x,x,x,x,x,x,x'), YAML_TYPE))[0]).toBe(400)
      expect((await refusal(method, path, `${'['.repeat(20_000)}`, YAML_TYPE))[0]).toBe(400)
      expect((await refusal(method, path, `${'['.repeat(20_000)}${']'.repeat(20_000)}`))[0]).toBe(400)
      expect((await refusal(method, path, '<loops/>', 'application/xml'))[0]).toBe(415)
      expect((await refusal(method, path, '{"a": 1', JSON_TYPE))[0]).toBe(400)
      expect((await refusal(method, path, `"${'x'.repeat(8_400_000)}"`))[0]).toBe(413)
      const withoutType = api.refused(api.ask(`${ONAP}/${path}`, { method, body: new Uint8Array([0xff, 0xfe]) }))
      expect((await withoutType)[0]).toBe(415)
    },
  )
})

describe('orders', () => {
  const order = (body: unknown, type = JSON_TYPE) =>
    refusal('PUT', 'instantiation/command', type === JSON_TYPE ? JSON.stringify(body) : stringify(body), type)
  const first = [{ name: 'house-1', version: '1.0.0' }]

  it('for what isn’t there, or can’t be meant, are refused', async () => {
    await api.comes(ROOF, ACTUATORS)
    await api.comes(RULES, POLICIES)
    for (const type of [JSON_TYPE, YAML_TYPE]) {
      const told = (body: unknown) => order(body, type)
      const missing = { name: 'house-2', version: '1.0.0' }
      expect(await told({ orderedState: 'PASSIVE', controlLoopIdentifierList: [...first, missing] })).toMatchObject([
        404,
        textWith('house-2:1.0.0'),
        { nearest: listWith(['house-1:1.0.0']) },
      ])
      expect((await told({ orderedState: 'PASSIVE', controlLoopIdentifierList: [] }))[0]).toBe(406)
      expect((await told({ orderedState: 'PASSIVE' }))[0]).toBe(406)
      expect((await told({ controlLoopIdentifierList: first }))[0]).toBe(400)
      expect((await told({ orderedState: 'SLEEPING', controlLoopIdentifierList: first }))[0]).toBe(400)
      expect((await told({ orderedState: 'UNINITIALISED2PASSIVE', controlLoopIdentifierList: first }))[0]).toBe(400)
      expect((await told({ orderedState: 'PASSIVE', controlLoopIdentifierList: [{ name: 'house-1' }] }))[0]).toBe(400)
      const many = Array.from({ length: 1_001 }, (_, n) => ({ name: `house-${n}`, version: '1.0.0' }))
      expect((await told({ orderedState: 'PASSIVE', controlLoopIdentifierList: many }))[0]).toBe(400)
      expect((await told(null))[0]).toBe(400)
      const notYet = await told({ orderedState: 'RUNNING', controlLoopIdentifierList: first })
      expect(notYet.slice(0, 2)).toEqual([406, textWith('UNINITIALISED')])
    }
    expect((await api.loop('house-1')).orderedState).toBe('UNINITIALISED')
  })

  it('name what is asked for in queries, too', async () => {
    const long = 'x'.repeat(300)
    for (const path of [
      'instantiation',
      'commission',
      'instantiationState',
      'controlLoopPriming',
      'commission/elements',
      'commission/toscaservicetemplate',
      'monitoring/participant',
    ])
      for (const query of [`name=${long}`, 'name=a%2Fb', 'version=one', `version=${'1'.repeat(99)}.0.0`, 'name='])
        expect([path, query, (await refusal('GET', `${path}?${query}`))[0]]).toEqual([path, query, 400])
    for (const path of ['instantiation', 'commission', 'instanceProperties']) {
      expect((await refusal('DELETE', `${path}?version=1.0.0`))[0]).toBe(400)
      expect((await refusal('DELETE', `${path}?name=house-9&version=1.0.0`))[0]).toBe(404)
    }
  })
})

describe('a loop is deleted by its name alone', () => {
  const remove = (query: string) => api.ask(`${ONAP}/instantiation?${query}`, { method: 'DELETE' })

  it('only if there is one of that name', async () => {
    const { elements: _, ...twin } = house(30)
    const other = {
      ...twin,
      version: '2.0.0',
      elements: { [windowOf(31)]: { definition: WINDOW, participantId: ROOF } },
    }
    await api.ok(api.send('POST', `${ONAP}/instantiation`, { controlLoopList: [house(30), other] }))
    expect(await api.refused(remove('name=house-30'))).toMatchObject([406, { details: having({ code: 'not-one' }) }])
    await api.ok(remove('name=house-30&version=2.0.0'))
    expect(await api.ok(remove('name=house-30'))).toMatchObject({
      affectedControlLoops: [{ name: 'house-30', version: '1.0.0' }],
    })
    expect((await api.refused(remove('name=house-30')))[0]).toBe(404)
  })
})
