/** Control loops over ONAP's API: each code of its table, on the real runtime with participants that answer. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { until } from '../../../runtime/testing/until.ts'
import {
  ACTUATORS,
  climateOf,
  DEFINITION,
  GREENHOUSE,
  house,
  POLICIES,
  ROOF,
  RULES,
  windowOf,
} from '../testing/greenhouse-template.ts'
import { ONAP, openLoopApi, type LoopApi } from '../testing/loop-api.ts'
import { anyNumber, having, listWith, textWith } from '../testing/matchers.ts'

let api: LoopApi
beforeAll(async () => {
  api = await openLoopApi()
  await api.commission()
})
afterAll(async () => {
  expect([api.gateway.unexpectedErrors(), api.reported]).toEqual([0, []])
  await api.stop()
})
afterEach(() => {
  api.participants.hold = false
})

const path = `${ONAP}/instantiation`
const list = (...controlLoopList: unknown[]) => ({ controlLoopList })
const create = (...loops: unknown[]) => api.ok(api.send('POST', path, list(...loops)))
const missing = (name: string) => api.get<{ controlLoopList: unknown[] }>(`${path}?name=${name}`)

describe('new control loops', () => {
  it('are made from JSON or YAML, UNINITIALISED, and shown', async () => {
    expect(await create(house(1, { opening: 70 }), house(2))).toEqual({
      affectedControlLoops: [
        { name: 'house-1', version: '1.0.0' },
        { name: 'house-2', version: '1.0.0' },
      ],
    })
    expect(await api.ok(api.yaml('POST', path, stringify(list(house(3)))))).toMatchObject({
      affectedControlLoops: [{ name: 'house-3' }],
    })
    expect(await api.loop('house-1')).toEqual({
      name: 'house-1',
      version: '1.0.0',
      definition: DEFINITION,
      state: 'UNINITIALISED',
      orderedState: 'UNINITIALISED',
      description: 'House 1',
      primed: false,
      elements: {
        [climateOf(1)]: having({ participantType: POLICIES, participantId: RULES }),
        [windowOf(1)]: {
          id: windowOf(1),
          definition: { name: 'org.example.Window', version: '1.0.0' },
          participantType: ACTUATORS,
          participantId: ROOF,
          state: 'UNINITIALISED',
          orderedState: 'UNINITIALISED',
          description: '',
          propertiesMap: { opening: having({ type: 'integer', default: 70 }) },
        },
      },
    })
    const all = await api.get<{ controlLoopList: unknown[] }>(path)
    expect(all.controlLoopList).toHaveLength(3)
    // What is shown can be sent again.
    const { elements } = await api.loop('house-1')
    const again = { ...house(1), elements }
    expect(await api.ok(api.send('PUT', path, list(again)))).toMatchObject({
      affectedControlLoops: [{ name: 'house-1' }],
    })
    expect((await api.loop('house-1')).elements[windowOf(1)]?.propertiesMap).toEqual(
      elements[windowOf(1)]?.propertiesMap,
    )
  })

  it('are refused, all of them, if one is wrong; the place is told', async () => {
    const wrong = { ...house(12), definition: { name: 'org.example.ClimateControlLoopDefinitio', version: '1.0.0' } }
    const [status, { errorDetails, details }] = await api.refused(api.send('POST', path, list(house(11), wrong)))
    expect([status, errorDetails]).toEqual([400, textWith('$.controlLoopList[1].definition')])
    expect(details.findings).toMatchObject([
      { hint: 'did you mean org.example.ClimateControlLoopDefinition:1.0.0?', path: '$.controlLoopList[1].definition' },
    ])
    expect((await missing('house-11')).controlLoopList).toEqual([])
    expect(await api.refused(api.send('POST', path, list(house(11), house(1))))).toMatchObject([
      400,
      { errorDetails: textWith('already defined'), details: { code: 'control-loop-exists' } },
    ])
    expect((await missing('house-11')).controlLoopList).toEqual([])
    expect(await api.refused(api.send('POST', path, list(house(1))))).toMatchObject([
      400,
      { errorDetails: textWith('already defined') },
    ])
  })

  const changed = (change: (loop: ReturnType<typeof house>) => unknown) => list(change(structuredClone(house(20))))
  const withElement = (fields: Record<string, unknown>) =>
    changed((loop) => ({
      ...loop,
      elements: { ...loop.elements, [windowOf(20)]: { ...loop.elements[windowOf(20)], ...fields } },
    }))
  const withKey = (key: string) =>
    changed((loop) => ({ ...loop, elements: { [key]: { ...loop.elements[windowOf(20)], id: null } } }))
  const place = `$.controlLoopList[0].elements["${windowOf(20)}"]`

  it.each([
    [
      'an element of another version',
      withElement({ definition: { name: 'org.example.Window', version: '2.0.0' } }),
      `${place}.definition`,
    ],
    [
      'an element that isn’t commissioned',
      withElement({ definition: { name: 'org.example.Door', version: '1.0.0' } }),
      `${place}.definition`,
    ],
    ['a value out of bounds', withElement({ propertiesMap: { opening: 170 } }), `${place}.propertiesMap.opening`],
    ['a value of another type', withElement({ propertiesMap: { opening: 'wide' } }), `${place}.propertiesMap.opening`],
    [
      'a property that nobody knows',
      withElement({ propertiesMap: { openning: 1 } }),
      `${place}.propertiesMap.openning`,
    ],
    [
      'a property that is set once per type',
      withElement({ propertiesMap: { startPhase: 1 } }),
      `${place}.propertiesMap.startPhase`,
    ],
    ['an id twice', withElement({ id: climateOf(20) }), place],
    ['a participant that nobody names', withElement({ participantId: null }), `${place}.participantId`],
    ['the same loop twice', list(house(20), house(20)), '$.controlLoopList[1]'],
    [
      'an id of another loop',
      list(house(21), {
        ...house(20),
        elements: { ...house(20).elements, [windowOf(21)]: house(20).elements[windowOf(20)] },
      }),
      '$.controlLoopList',
    ],
  ])('with %s are refused', async (_, body, at) => {
    const [status, { details }] = await api.refused(api.send('POST', path, body))
    expect(status).toBe(400)
    expect(details.findings?.map(({ path }) => path).join(' ')).toContain(at)
  })

  it.each([
    ['nothing', null],
    ['an empty list', list()],
    ['a number', 7],
    ['no elements', changed((loop) => ({ ...loop, elements: {} }))],
    ['an id that is no UUID', withElement({ id: '../etc' })],
    ['a key that is no UUID, and no id', withKey('my element')],
    ['an empty key, and no id', withKey('')],
    ['a key without end, and no id', withKey('x'.repeat(3_000))],
    ['a name that is none', changed((loop) => ({ ...loop, name: 'a b' }))],
    ['a name that every object has', list({ ...house(20), name: '__proto__', elements: { constructor: {} } })],
    ['a state that is none', changed((loop) => ({ ...loop, state: 'FLYING' }))],
    ['10,000 loops', list(...Array.from({ length: 10_000 }, () => ({ name: 'a', version: '1.0.0' })))],
  ])('are refused by their shape: %s', async (_, body) => {
    expect((await api.refused(api.send('POST', path, body)))[0]).toBe(400)
    expect((await api.refused(api.yaml('POST', path, stringify(body))))[0]).toBe(400)
  })

  it('are refused with line and column in broken YAML, and by their size', async () => {
    expect(await api.refused(api.yaml('POST', path, 'controlLoopList:\n  - name: [a\n'))).toMatchObject([
      400,
      { details: { findings: [{ code: 'yaml-syntax', line: anyNumber }] } },
    ])
    expect((await api.refused(api.yaml('POST', path, 'controlLoopList: &a [*a]')))[0]).toBe(400)
    expect((await api.refused(api.send('POST', path, 'x'.repeat(1_048_577))))[0]).toBe(413)
  })

  it('have ids that are UUIDs in one spelling, whatever the keys are', async () => {
    const [upper, lower] = ['AAAAAAAA-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000001']
    const { [windowOf(40)]: window, [climateOf(40)]: climate } = house(40).elements
    const keyed = { ...house(40), elements: { window: { ...window, id: upper }, [climateOf(40)]: climate } }
    await create(keyed)
    expect(Object.keys((await api.loop('house-40')).elements).sort()).toEqual([climateOf(40), lower])
    const twice = { ...house(41), elements: { [upper]: { ...window, id: null }, [lower]: { ...climate, id: null } } }
    const other = { ...house(42), elements: { [lower]: { ...window, id: null } } }
    for (const body of [list(twice), list({ ...keyed, name: 'house-41' }, other)]) {
      const [status, { details }] = await api.refused(api.send('POST', path, body))
      expect([status, details.findings]).toEqual([400, listWith([having({ code: 'duplicate-element' })])])
    }
    const [, { errorDetails }] = await api.refused(
      api.send('POST', path, list({ ...house(41), elements: { 'my element': { ...window, id: null } } })),
    )
    expect(errorDetails).toContain('$.controlLoopList[0].elements["my element"]: the key of an element is a UUID')
  })

  it('are refused where JSON has a key twice or a number without end, with line and column', async () => {
    const text = JSON.stringify(list(house(43)), null, 1)
    const twice = text.replace('"version"', '"name": "house-44",\n"version"')
    const tooLarge = JSON.stringify(list(house(43, { opening: 7 }))).replace('"opening":7', '"opening":1e400')
    for (const [body, code] of [
      [twice, 'duplicate-key'],
      [tooLarge, 'not-finite'],
    ] as const) {
      const raw = api.ask(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      expect(await api.refused(raw)).toMatchObject([
        400,
        { errorDetails: textWith('line '), details: { findings: [{ code, line: anyNumber, column: anyNumber }] } },
      ])
    }
    for (const number of ['.nan', '.inf', '-.inf', '1e400']) {
      const body = stringify(list(house(43, { opening: 7 }))).replace('opening: 7', `opening: ${number}`)
      expect(await api.refused(api.yaml('POST', path, body))).toMatchObject([
        400,
        { details: { findings: [{ code: 'not-finite', path: textWith('propertiesMap.opening'), line: anyNumber }] } },
      ])
    }
    expect((await missing('house-43')).controlLoopList).toEqual([])
  })

  it('may leave elements out or have them twice, and their participants’ types may differ: with warnings', async () => {
    const { [climateOf(4)]: _, ...elements } = house(4).elements
    const answer = await create({
      ...house(4),
      elements: {
        ...elements,
        [windowOf(44)]: {
          definition: { name: 'org.example.Window', version: '1.0.0' },
          participantId: ROOF,
          participantType: { name: 'a', version: '1.0.0' },
        },
      },
    })
    expect(answer).toMatchObject({
      affectedControlLoops: [{ name: 'house-4' }],
      warnings: [{ code: 'participant-type' }, { code: 'element-count' }, { code: 'element-count' }],
    })
    expect(Object.keys((await api.loop('house-4')).elements).sort()).toEqual([windowOf(4), windowOf(44)].sort())
  })

  it('take the only participant that is registered, if none is named', async () => {
    await api.registerAll()
    const { [climateOf(5)]: climate, [windowOf(5)]: window } = house(5).elements
    const elements = { [climateOf(5)]: climate, [windowOf(5)]: { ...window, participantId: undefined } }
    await create({ ...house(5), elements })
    expect((await api.loop('house-5')).elements[windowOf(5)]).toMatchObject({ participantId: ROOF })
    const other = { name: 'roof-2', version: '1.0.0' }
    await api.comes(other, ACTUATORS)
    expect(await api.refused(api.send('POST', path, list({ ...house(6), elements })))).toMatchObject([
      400,
      { errorDetails: textWith('2 of type org.example.ActuatorParticipant:1.0.0 are registered') },
    ])
    await api.goes(other, ACTUATORS)
    await api.goes(ROOF, ACTUATORS)
    await api.goes(RULES, POLICIES)
  })
})

describe('new control loops with an Idempotency-Key', () => {
  it('are made once, however often the request comes', async () => {
    const send = (...loops: unknown[]) => api.send('POST', path, list(...loops), { 'idempotency-key': 'new-1' })
    await api.ok(send(house(50), house(51)))
    expect(await api.ok(send(house(50), house(51)))).toMatchObject({
      affectedControlLoops: [{ name: 'house-50' }, { name: 'house-51' }],
    })
    expect((await api.refused(api.send('POST', path, list(house(50), house(52)))))[1].details.code).toBe(
      'control-loop-exists',
    )
  })
})

describe('changes', () => {
  it('are made while a loop is UNINITIALISED, and only of loops that are there', async () => {
    await api.ok(api.send('PUT', path, list(house(2, { opening: 5 }))))
    expect((await api.loop('house-2')).elements[windowOf(2)]?.propertiesMap).toMatchObject({ opening: { default: 5 } })
    expect(await api.refused(api.send('PUT', path, list(house(2), house(99))))).toMatchObject([404, {}])
    expect((await api.loop('house-2')).elements[windowOf(2)]?.propertiesMap).toBeDefined()
  })
})

describe('orders', () => {
  it('are refused without a state, participants or loops', async () => {
    expect(await api.refused(api.order(undefined, 'house-1'))).toMatchObject([
      400,
      { details: { code: 'no-ordered-state' } },
    ])
    expect(await api.refused(api.order('PASSIVE'))).toMatchObject([406, { details: { code: 'no-control-loops' } }])
    expect((await api.refused(api.order('FLYING', 'house-1')))[0]).toBe(400)
    expect(await api.refused(api.order('PASSIVE', 'house-1', 'huose-1'))).toMatchObject([
      404,
      {
        errorDetails: 'Control Loop not found: huose-1:1.0.0',
        details: { nearest: listWith(['house-1:1.0.0']) },
      },
    ])
    expect(await api.refused(api.order('PASSIVE', 'house-1'))).toMatchObject([
      400,
      { errorDetails: 'No participants registered' },
    ])
    await api.comes(ROOF, POLICIES)
    expect((await api.refused(api.order('PASSIVE', 'house-1')))[1].errorDetails).toContain('not registered')
    await api.comes(RULES, POLICIES)
    expect((await api.refused(api.order('PASSIVE', 'house-1')))[1].details.code).toBe('participant-of-another-type')
    await api.goes(ROOF, POLICIES)
    await api.registerAll()
  })

  it('bring loops to PASSIVE, RUNNING and back, in both spellings; what can’t be ordered gets 406 with the reason', async () => {
    expect(await api.ok(api.order('PASSIVE', 'house-1', 'house-2'), 202)).toEqual({
      affectedControlLoops: [
        { name: 'house-1', version: '1.0.0' },
        { name: 'house-2', version: '1.0.0' },
      ],
    })
    await api.reaches('house-1', 'PASSIVE')
    await api.reaches('house-2', 'PASSIVE')
    expect(await api.loop('house-1')).toMatchObject({ primed: true, elements: { [windowOf(1)]: { state: 'PASSIVE' } } })
    expect(await api.refused(api.order('RUNNING', 'house-1', 'house-3'))).toMatchObject([
      406,
      { errorDetails: textWith("it can't go from UNINITIALISED to RUNNING; PASSIVE can be ordered") },
    ])
    expect((await api.loop('house-1')).state).toBe('PASSIVE')
    await api.ok(api.order('RUNNING', 'house-1'), 202)
    await api.reaches('house-1', 'RUNNING')
    const edited = await api.refused(api.send('PUT', path, list(house(1, { opening: 1 }))))
    expect(edited).toMatchObject([400, { errorDetails: textWith('Control Loop State is still RUNNING') }])
    const several = list(house(3, { opening: 1 }), house(1, { opening: 1 }))
    expect(await api.refused(api.send('PUT', path, several))).toMatchObject([
      400,
      {
        errorDetails: textWith('nothing was done: house-1:1.0.0: Control Loop State is still RUNNING'),
        details: { code: 'control-loop-not-uninitialised', path: '$.controlLoopList[1]' },
      },
    ])
    const unchanged = (await api.loop('house-3')).elements[windowOf(3)]
    expect(unchanged?.propertiesMap?.['opening']).not.toMatchObject({ default: 1 })
    // What is as it is wished already is no change.
    await api.ok(api.send('PUT', path, list(house(1, { opening: 70 }), house(3))))
    const remove = (name: string) => api.ask(`${path}?name=${name}&version=1.0.0`, { method: 'DELETE' })
    expect(await api.refused(remove('house-1'))).toMatchObject([
      400,
      { errorDetails: textWith('Control Loop State is still RUNNING') },
    ])
    await api.ok(api.order('PASSIVE', 'house-1'), 202)
    await api.reaches('house-1', 'PASSIVE')
    await api.ok(api.order('UNINITIALIZED', 'house-1'), 202)
    await api.reaches('house-1', 'UNINITIALISED')
    expect(await api.ok(remove('house-1'))).toEqual({ affectedControlLoops: [{ name: 'house-1', version: '1.0.0' }] })
    expect(await api.refused(remove('house-1'))).toMatchObject([
      404,
      { errorDetails: textWith('Control Loop not found') },
    ])
    expect((await api.refused(api.ask(`${path}?version=1.0.0`, { method: 'DELETE' })))[0]).toBe(400)
  })

  it('show elements in transition while they are on their way', async () => {
    api.participants.hold = true
    await api.ok(api.order('PASSIVE', 'house-3'), 202)
    await until(async () => (await api.loop('house-3')).elements[climateOf(3)]?.state === 'UNINITIALISED2PASSIVE')
    expect(await api.loop('house-3')).toMatchObject({
      state: 'UNINITIALISED2PASSIVE',
      orderedState: 'PASSIVE',
      elements: { [windowOf(3)]: { state: 'UNINITIALISED' } },
    })
    expect((await api.refused(api.order('PASSIVE', 'house-3')))[0]).toBe(406)
    await api.ok(api.order('UNINITIALISED', 'house-3'), 202)
  })

  it('are taken once for each Idempotency-Key, however late they come again', async () => {
    const keyed = (orderedState: string, key: string) =>
      api.send(
        'PUT',
        `${path}/command`,
        { orderedState, controlLoopIdentifierList: [{ name: 'house-9', version: '1.0.0' }] },
        { 'idempotency-key': key },
      )
    await create(house(9))
    for (const [state, key] of [
      ['PASSIVE', 'k-1'],
      ['RUNNING', 'k-2'],
    ] as const) {
      await api.ok(keyed(state, key), 202)
      await api.reaches('house-9', state)
    }
    await api.ok(keyed('PASSIVE', 'k-1'), 202)
    expect(await api.loop('house-9')).toMatchObject({ state: 'RUNNING', orderedState: 'RUNNING' })
    expect(await api.refused(keyed('PASSIVE', 'k-2'))).toMatchObject([
      400,
      { errorDetails: textWith('use a new key for a new order') },
    ])
  })

  it('are refused, all of them, if one has taken the key for something else', async () => {
    const keyed = (orderedState: string, ...names: string[]) =>
      api.send(
        'PUT',
        `${path}/command`,
        { orderedState, controlLoopIdentifierList: names.map((name) => ({ name, version: '1.0.0' })) },
        { 'idempotency-key': 'k-3' },
      )
    await create(house(60), house(61))
    await api.ok(keyed('PASSIVE', 'house-61'), 202)
    await api.reaches('house-61', 'PASSIVE')
    expect(await api.ok(keyed('PASSIVE', 'house-60', 'house-61'), 202)).toMatchObject({
      affectedControlLoops: [{ name: 'house-60' }, { name: 'house-61' }],
    })
    await api.reaches('house-60', 'PASSIVE')
    expect(await api.refused(keyed('RUNNING', 'house-60', 'house-61'))).toMatchObject([
      400,
      { errorDetails: textWith('nothing was ordered'), details: { code: 'idempotency-key-reused', name: 'house-60' } },
    ])
    await create(house(62))
    await api.ok(api.order('PASSIVE', 'house-62'), 202)
    await api.reaches('house-62', 'PASSIVE')
    expect(await api.refused(keyed('RUNNING', 'house-62', 'house-61'))).toMatchObject([
      400,
      { details: { code: 'idempotency-key-reused', name: 'house-61' } },
    ])
    for (const name of ['house-60', 'house-61', 'house-62'])
      expect(await api.loop(name)).toMatchObject({ state: 'PASSIVE', orderedState: 'PASSIVE' })
  })

  it('carry the id of their request into the history', async () => {
    const id = '7b3f9f5a-1c0d-4f8e-9c62-0d9a6f3b2c11'
    await api.ok(api.send('POST', path, list(house(8)), { 'x-onap-requestid': id }))
    const { events } = await api.get<{ events: { cause: { trace: string } }[] }>(
      '/api/runtime/control-loops/house-8/1.0.0/history',
    )
    expect(events.at(-1)?.cause.trace).toBe(id)
  })
})

describe('the states of several loops', () => {
  it('tell what was ordered, and which are primed', async () => {
    expect(await api.get(`${ONAP}/instantiationState?name=house-2&version=1.0.0`)).toEqual({
      orderedState: 'PASSIVE',
      controlLoopIdentifierList: [{ name: 'house-2', version: '1.0.0' }],
    })
    expect((await api.refused(api.ask(`${ONAP}/instantiationState`)))[0]).toBe(406)
    expect((await api.refused(api.ask(`${ONAP}/instantiationState?name=nobody`)))[0]).toBe(404)
    const { primedControlLoopsList } = await api.get<{ primedControlLoopsList: unknown[] }>(
      `${ONAP}/controlLoopPriming`,
    )
    expect(primedControlLoopsList).toContainEqual({ name: 'house-2', version: '1.0.0', primed: true })
    expect(primedControlLoopsList).toContainEqual({ name: 'house-4', version: '1.0.0', primed: false })
  })
})

describe('instance properties', () => {
  const template = {
    topology_template: {
      node_templates: {
        [DEFINITION.name]: { version: '1.0.0', type: 'org.onap.policy.clamp.controlloop.ControlLoop' },
        'org.example.Window': {
          version: '1.0.0',
          type: 'org.example.Actuator',
          properties: { opening: 33, startPhase: 1, place: null },
        },
      },
    },
  }
  it('make numbered loops, which go again', async () => {
    for (const number of [1, 2])
      expect(await api.ok(api.yaml('POST', `${ONAP}/instanceProperties`, stringify(template)))).toEqual({
        affectedInstanceProperties: [
          { name: `org.example.Climate_Instance${number}`, version: '1.0.0' },
          { name: `org.example.Window_Instance${number}`, version: '1.0.0' },
        ],
        affectedControlLoops: [{ name: `Climate_Instance${number}`, version: '1.0.0' }],
      })
    const { elements } = await api.loop('Climate_Instance2')
    expect(Object.values(elements).map(({ propertiesMap }) => propertiesMap?.['opening'])).toContainEqual(
      having({ default: 33 }),
    )
    const remove = () =>
      api.ask(`${ONAP}/instanceProperties?name=Climate_Instance2&version=1.0.0`, { method: 'DELETE' })
    expect(await api.ok(remove())).toMatchObject({
      affectedInstanceProperties: [{ name: 'org.example.Climate_Instance2' }, {}],
    })
    expect((await api.refused(remove()))[0]).toBe(404)
  })
  it('may be whole templates, as clients get them', async () => {
    const whole = await api.get<object>(`${ONAP}/commission/toscaservicetemplate`)
    const instance = await api.get<object>(`${ONAP}/commission/getCommonOrInstanceProperties`)
    for (const body of [whole, { topology_template: { node_templates: instance } }, parse(GREENHOUSE) as object])
      expect(await api.ok(api.send('POST', `${ONAP}/instanceProperties`, body))).toMatchObject({
        affectedControlLoops: [{ version: '1.0.0' }],
      })
  })
  it('are refused where their names become too long', async () => {
    const long = `Long${'x'.repeat(245)}`
    const body = GREENHOUSE.replaceAll('org.example.ClimateControlLoopDefinition', long).replaceAll(
      'org.example.Greenhouse',
      'org.example.Long',
    )
    await api.ok(api.yaml('POST', `${ONAP}/commission`, body))
    expect(await api.refused(api.yaml('POST', `${ONAP}/instanceProperties`, body))).toMatchObject([
      400,
      { errorDetails: textWith('259 characters'), details: { code: 'name-too-long' } },
    ])
    await api.ok(api.ask(`${ONAP}/commission?name=org.example.Long&version=1.2.0`, { method: 'DELETE' }))
  })
  it('keep their values as they were written, and are refused with line and column', async () => {
    const text = (properties: string): string =>
      `topology_template:\n  node_templates:\n    org.example.Climate: {version: 1.0.0}\n    org.example.Window:\n      version: 1.0.0\n      properties: ${properties}\n`
    const post = (body: string) => api.yaml('POST', `${ONAP}/instanceProperties`, body)
    const made = await api.ok<{ affectedControlLoops: { name: string }[]; warnings: unknown }>(
      post(text("{place: 1.10, opening: '7'}")),
    )
    expect(made.warnings).toMatchObject([{ code: 'wrong-type', line: 6, column: 42 }])
    const { elements } = await api.loop(made.affectedControlLoops[0]?.name ?? '')
    const given = Object.values(elements).flatMap(({ propertiesMap }) => propertiesMap ?? [])
    expect(given).toContainEqual(having({ place: having({ default: '1.10' }), opening: having({ default: 7 }) }))
    expect(await api.refused(post(text('{openin: 7}')))).toMatchObject([
      400,
      { details: { findings: [{ code: 'unknown-property', line: 6, column: 28, hint: textWith('opening') }] } },
    ])
    expect(await api.refused(post('topology_template:\n  node_templates:\n    - org.example.Window\n'))).toMatchObject([
      400,
      { details: { findings: [{ code: 'invalid-body', path: '$.topology_template.node_templates', line: 3 }] } },
    ])
  })
  it('are refused where they fit nothing, or aren’t right', async () => {
    const post = (body: unknown) => api.refused(api.send('POST', `${ONAP}/instanceProperties`, body))
    expect((await post({}))[0]).toBe(400)
    expect(await post({ topology_template: { node_templates: { nobody: {} } } })).toMatchObject([
      400,
      { details: { code: 'no-loop-type' } },
    ])
    const { node_templates: right } = template.topology_template
    const wrong = {
      ...right,
      'org.example.Windwo': {},
      'org.example.Climate': { version: '3.0.0' },
    }
    const nodesPath = '$.topology_template.node_templates'
    expect(await post({ topology_template: { node_templates: wrong } })).toMatchObject([
      400,
      {
        details: {
          findings: [
            {
              code: 'unknown-node-template',
              path: `${nodesPath}["org.example.Windwo"]`,
              hint: 'did you mean org.example.Window?',
              line: anyNumber,
            },
            { path: `${nodesPath}["org.example.Climate"].version`, hint: 'write version: 1.0.0, or none' },
          ],
        },
      },
    ])
    const notFinite = stringify(template).replace('opening: 33', 'opening: .inf')
    expect(await api.refused(api.yaml('POST', `${ONAP}/instanceProperties`, notFinite))).toMatchObject([
      400,
      { details: { findings: [{ code: 'not-finite' }] } },
    ])
    const nodes = { 'org.example.Window': { properties: { opening: 500 } } }
    expect(await post({ topology_template: { node_templates: nodes } })).toMatchObject([
      400,
      {
        errorDetails: textWith('$.topology_template.node_templates["org.example.Window"].properties.opening'),
      },
    ])
  })
})
