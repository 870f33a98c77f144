/** What ONAP's API lacks, on the real runtime with participants that answer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { alarmRef } from '../../../actors/addresses.ts'
import type { AlarmCommand } from '../../../actors/alarm/protocol.ts'
import { until } from '../../../runtime/testing/until.ts'
import {
  ACTUATORS,
  climateOf,
  DEFINITION,
  GREENHOUSE,
  house,
  ROOF,
  RULES,
  windowOf,
} from '../testing/greenhouse-template.ts'
import { ONAP, openLoopApi, type LoopApi } from '../testing/loop-api.ts'
import { anyText, having, listWith, textWith } from '../testing/matchers.ts'

interface Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly details: Readonly<Record<string, unknown>>
}

let api: LoopApi
const RUNTIME = '/api/runtime'
const LOOP = `${RUNTIME}/control-loops/house-1/1.0.0`
const TYPE = `${RUNTIME}/control-loop-definitions/${DEFINITION.name}/${DEFINITION.version}`

beforeAll(async () => {
  api = await openLoopApi()
  await api.commission()
  await api.registerAll()
  const controlLoopList = [1, 2, 3].map((number) => house(number))
  await api.ok(api.send('POST', `${ONAP}/instantiation`, { controlLoopList }))
})
afterAll(async () => {
  expect([api.gateway.unexpectedErrors(), api.reported]).toEqual([0, []])
  await api.stop()
})

const problem = async (response: Response | Promise<Response>): Promise<Problem> => {
  const got = await response
  expect(got.headers.get('content-type')).toBe('application/problem+json')
  return (await got.json()) as Problem
}

describe('control loops', () => {
  it('are listed page by page, narrowed by what they are and who carries them', async () => {
    type List = { controlLoops: { name: string }[]; next?: string }
    const names = async (query: string) =>
      (await api.get<List>(`${RUNTIME}/control-loops?${query}`)).controlLoops.map(({ name }) => name)
    expect(await names('')).toEqual(['house-1', 'house-2', 'house-3'])
    expect(await names('name=*-2')).toEqual(['house-2'])
    expect(await names('state=RUNNING')).toEqual([])
    expect(await names(`definition=${DEFINITION.name}:1.0.0&state=UNINITIALISED`)).toHaveLength(3)
    expect(await names('state=UNINITIALIZED&orderedState=UNINITIALIZED')).toHaveLength(3)
    expect(await names('participant=roof:1.0.0')).toHaveLength(3)
    for (const query of ['definition=', 'participant=', 'state=FLYING'])
      expect((await problem(api.ask(`${RUNTIME}/control-loops?${query}`))).status).toBe(400)
    expect(await names('participant=nobody:1.0.0')).toEqual([])
    const first = await api.get<List>(`${RUNTIME}/control-loops?limit=2`)
    expect(first.controlLoops).toHaveLength(2)
    const second = await api.get<List>(`${RUNTIME}/control-loops?limit=2&after=${first.next}`)
    expect(second.controlLoops.map(({ name }) => name)).toEqual(['house-3'])
    expect(second).not.toHaveProperty('next')
    expect(await names('after=nonsense')).toHaveLength(3)
  })

  it('tell what an order would do, phase by phase, without doing it', async () => {
    expect(await api.get(`${LOOP}/plan?orderedState=PASSIVE`)).toEqual({
      from: 'UNINITIALISED',
      orderedState: 'PASSIVE',
      steps: [
        {
          transition: 'UNINITIALISED2PASSIVE',
          startPhase: 0,
          timeoutMs: 60_000,
          participants: [
            {
              participantId: RULES,
              elements: [{ id: climateOf(1), definition: { name: 'org.example.Climate', version: '1.0.0' } }],
            },
          ],
        },
        {
          transition: 'UNINITIALISED2PASSIVE',
          startPhase: 1,
          timeoutMs: 90_000,
          participants: [
            {
              participantId: ROOF,
              elements: [{ id: windowOf(1), definition: { name: 'org.example.Window', version: '1.0.0' } }],
            },
          ],
        },
      ],
      obstacles: [],
    })
    expect(await problem(api.ask(`${LOOP}/plan?orderedState=RUNNING`))).toMatchObject({
      status: 409,
      code: 'illegal-transition',
      details: { orderable: ['PASSIVE'] },
    })
    expect((await problem(api.ask(`${LOOP}/plan?orderedState=FLYING`))).status).toBe(400)
    const shed = { name: 'shed', version: '1.0.0' }
    const { [windowOf(9)]: window, ...others } = house(9).elements
    const elements = { ...others, [windowOf(9)]: { ...window, participantId: shed } }
    await api.ok(api.send('POST', `${ONAP}/instantiation`, { controlLoopList: [{ ...house(9), elements }] }))
    expect(await problem(api.ask(`${RUNTIME}/control-loops/house-9/1.0.0/plan?orderedState=PASSIVE`))).toMatchObject({
      status: 409,
      code: 'participant-not-registered',
      detail: textWith('Participant with ID shed:1.0.0 is not registered'),
      details: { orderable: ['PASSIVE'] },
    })
    await api.ok(api.ask(`${ONAP}/instantiation?name=house-9&version=1.0.0`, { method: 'DELETE' }))
    expect((await api.loop('house-1')).orderedState).toBe('UNINITIALISED')
  })

  it('do what was planned, and say what they wait for and how its participants are', async () => {
    api.participants.hold = true
    await api.ok(api.order('PASSIVE', 'house-1'), 202)
    type Waiting = { waiting: { for: string; on: string }[]; participants: unknown[] }
    await until(async () =>
      (await api.get<Waiting>(`${LOOP}/waiting`)).waiting.some(({ on }) => on === 'participant/rules:1.0.0'),
    )
    const waiting = await api.get<Waiting>(`${LOOP}/waiting`)
    expect(waiting.waiting).toContainEqual(having({ for: textWith('to go from UNINITIALISED to PASSIVE') }))
    expect(waiting.participants).toMatchObject([{ ...RULES, registration: 'Registered', lastHeardAt: anyText }])
    const details = await api.get<Record<string, unknown>>(LOOP)
    expect(details).toMatchObject({
      state: 'UNINITIALISED2PASSIVE',
      orderable: ['UNINITIALISED'],
      step: { transition: 'UNINITIALISED2PASSIVE', startPhase: 0, elements: [climateOf(1)], attempt: 1 },
      elements: [
        { id: climateOf(1), state: 'UNINITIALISED2PASSIVE', startPhase: 0 },
        { id: windowOf(1), state: 'UNINITIALISED', startPhase: 1 },
      ],
    })
    api.participants.hold = false
    await api.ok(api.order('UNINITIALISED', 'house-1'), 202)
    await api.reaches('house-1', 'UNINITIALISED')
    await api.ok(api.order('PASSIVE', 'house-1'), 202)
    await api.reaches('house-1', 'PASSIVE')
    const phases = api.participants.orders.flatMap((order) => (order.type === 'instantiate' ? [order.startPhase] : []))
    expect(phases.slice(-2)).toEqual([0, 1])
    expect((await api.get<Waiting>(`${LOOP}/waiting`)).participants).toEqual([])
    expect(await api.get(`${LOOP}/plan?orderedState=UNINITIALISED`)).toMatchObject({
      steps: [{ startPhase: 1 }, { startPhase: 0 }],
    })
  })

  it('tell what happened to them', async () => {
    const { events } = await api.get<{ events: { event: { type: string } }[] }>(`${LOOP}/history?limit=500`)
    expect(events.map(({ event }) => event.type)).toEqual(listWith(['created', 'ordered', 'permitted', 'settled']))
  })

  it('are missed with hints', async () => {
    for (const path of ['', '/waiting', '/plan?orderedState=PASSIVE']) {
      const missing = await problem(api.ask(`${RUNTIME}/control-loops/huose-1/1.0.0${path}`))
      expect(missing).toMatchObject({ status: 404, details: { nearest: listWith(['house-1:1.0.0']) } })
    }
    expect((await problem(api.ask(`${RUNTIME}/control-loops/huose-1/1.0.0/history`))).status).toBe(404)
    expect((await problem(api.ask(`${RUNTIME}/control-loops/a%20b/1.0.0`))).status).toBe(400)
  })
})

describe('participants', () => {
  it('are listed and shown with what they know', async () => {
    type List = { participants: { name: string }[] }
    expect((await api.get<List>(`${RUNTIME}/participants`)).participants.map(({ name }) => name)).toEqual([
      'roof',
      'rules',
    ])
    const ofType = `${RUNTIME}/participants?participantType=${ACTUATORS.name}:1.0.0&healthStatus=HEALTHY`
    expect((await api.get<List>(ofType)).participants).toMatchObject([{ ...ROOF, registration: 'Registered' }])
    expect(await api.get(`${RUNTIME}/participants/roof/1.0.0`)).toMatchObject({
      ...ROOF,
      participantType: ACTUATORS,
      isUpToDate: true,
      templates: [{ template: 'org.example.Greenhouse:1.2.0', state: 'known', definitions: [DEFINITION] }],
      alarms: [],
    })
    expect((await problem(api.ask(`${RUNTIME}/participants?participantType=`))).status).toBe(400)
    const loops = await api.get<{ controlLoops: unknown[] }>(`${RUNTIME}/participants/roof/1.0.0/control-loops`)
    expect(loops.controlLoops).toHaveLength(3)
  })

  it('are ordered into a mode', async () => {
    const put = (name: string, body: unknown) => api.send('PUT', `${RUNTIME}/participants/${name}/1.0.0/state`, body)
    expect(await api.ok(put('roof', { state: 'SAFE' }))).toEqual({ ...ROOF, state: 'ACTIVE', orderedState: 'SAFE' })
    expect(await problem(put('rof', { state: 'SAFE' }))).toMatchObject({
      status: 404,
      details: { nearest: listWith(['roof:1.0.0']) },
    })
    expect((await problem(put('roof', { state: 'FLYING' }))).status).toBe(400)
    const shed = { name: 'shed', version: '1.0.0' }
    await api.comes(shed, ACTUATORS)
    await api.goes(shed, ACTUATORS)
    expect((await put('shed', { state: 'SAFE' })).status).toBe(409)
    expect(await api.get(`${RUNTIME}/participants/shed/1.0.0`)).toMatchObject({
      healthStatus: 'OFF_LINE',
      offLineSince: anyText,
    })
  })
})

describe('types of control loops', () => {
  it('are listed and shown with who knows them and how many loops there are', async () => {
    expect(await api.get(`${RUNTIME}/control-loop-definitions`)).toEqual({
      definitions: [
        {
          ...DEFINITION,
          template: { name: 'org.example.Greenhouse', version: '1.2.0' },
          presence: 'commissioned',
          revision: 1,
        },
      ],
    })
    expect(await api.get(TYPE)).toMatchObject({
      description: 'Opens the windows when it is hot',
      provider: 'Gardens',
      controlLoops: 3,
      deployed: 1,
      elements: [
        { startPhase: 0, needsFragment: true, commonProperties: { provider: 'Gardens' } },
        { startPhase: 1, type: 'org.example.Actuator' },
      ],
      knownBy: listWith([having({ participantId: ROOF, state: 'known', revision: 1 })]),
    })
    const missing = await problem(api.ask(`${RUNTIME}/control-loop-definitions/org.example.None/1.0.0`))
    expect(missing.status).toBe(404)
  })

  it('give their parameters as JSON Schema', async () => {
    const { elements } = await api.get<{ elements: Record<string, unknown> }>(`${TYPE}/parameters`)
    expect(Object.keys(elements)).toEqual(['org.example.Climate:1.0.0', 'org.example.Window:1.0.0'])
    const one = await api.get<{ elements: Record<string, { properties: unknown }> }>(
      `${TYPE}/parameters?element=org.example.Window:1.0.0`,
    )
    expect(one.elements['org.example.Window:1.0.0']?.properties).toMatchObject({
      opening: { type: 'integer', default: 40, maximum: 100 },
    })
    expect(await problem(api.ask(`${TYPE}/parameters?element=nobody`))).toMatchObject({
      status: 400,
      code: 'unknown-element',
    })
  })

  it('get other common properties, unless loops are with their participants', async () => {
    const put = (elements: unknown) => api.send('PUT', `${TYPE}/common-properties`, { elements })
    const change = { 'org.example.Window:1.0.0': { startPhase: 2 } }
    expect(await problem(put(change))).toMatchObject({ status: 409, code: 'definition-in-use' })
    await api.ok(api.order('UNINITIALISED', 'house-1'), 202)
    await api.reaches('house-1', 'UNINITIALISED')
    await until(async () => (await put(change)).status === 200)
    expect(await api.get(TYPE)).toMatchObject({
      elements: [{}, { startPhase: 2, commonProperties: { startPhase: 2 } }],
    })
    await until(async () => (await api.isKnown(ROOF)) && (await api.isKnown(RULES)))
    expect(await problem(put({ 'org.example.Window:1.0.0': { opening: 2 } }))).toMatchObject({
      status: 400,
      code: 'common-properties-invalid',
    })
    expect(await problem(put({ 'org.example.Window:1.0.0': { startPhase: 'late' } }))).toMatchObject({ status: 400 })
    expect(await problem(put({ 'org.example.Door:1.0.0': {} }))).toMatchObject({ status: 400, code: 'unknown-element' })
    expect((await problem(put([]))).status).toBe(400)
  })

  it('go out as a file again', async () => {
    const path = `${RUNTIME}/service-templates/org.example.Greenhouse/1.2.0`
    expect(await api.get(`${RUNTIME}/service-templates`)).toMatchObject({
      serviceTemplates: [{ name: 'org.example.Greenhouse', presence: 'commissioned' }],
    })
    const yaml = await api.ask(path)
    expect([yaml.status, yaml.headers.get('content-type')]).toEqual([200, 'application/yaml'])
    const written = parse(await yaml.text()) as { topology_template: { node_templates: Record<string, unknown> } }
    expect(written.topology_template.node_templates['org.example.Window']).toMatchObject({
      properties: { startPhase: 2 },
    })
    const json = await api.ask(path, { headers: { accept: 'application/json' } })
    expect(await json.json()).toEqual(written)
    // Commissioned again it is what it was at first.
    await api.ok(api.yaml('POST', `${ONAP}/commission`, GREENHOUSE))
    expect(await api.get(TYPE)).toMatchObject({ elements: [{}, { startPhase: 1 }] })
    expect(
      (await problem(api.ask(`${RUNTIME}/service-templates/org.example.Greenhuose/1.2.0`))).details['nearest'],
    ).toEqual(['org.example.Greenhouse:1.2.0'])
  })
})

describe('alarms', () => {
  it('are listed, acknowledged and taken back', async () => {
    const raise = (id: string, objectInstance: string): Promise<void> => {
      const alarm = {
        objectInstance,
        alarmType: 'COMMUNICATIONS_ALARM',
        probableCause: 'element-does-not-answer',
        perceivedSeverity: 'MAJOR',
        specificProblem: 'nobody answers',
        additionalInformation: { tries: 4 },
      } as const
      const command: AlarmCommand = { type: 'raise', alarm }
      return api.system.parts.client.tell(alarmRef(id), command, { sender: 'test' })
    }
    await raise('a-1', 'control-loop/house-1:1.0.0')
    await raise('a-2', 'control-loop/house-2:1.0.0')
    type List = { alarms: { alarmId: string }[] }
    const ids = async (query: string) =>
      (await api.get<List>(`${RUNTIME}/alarms?${query}`)).alarms.map(({ alarmId }) => alarmId)
    await until(async () => (await ids('')).length === 2)
    expect(await ids('objectInstance=control-loop/house-2:1.0.0')).toEqual(['a-2'])
    expect(await ids('state=CLEARED')).toEqual([])
    expect((await problem(api.ask(`${RUNTIME}/alarms?objectInstance=`))).status).toBe(400)
    expect(await api.ok(api.send('POST', `${RUNTIME}/alarms/a-1/acknowledge`, { userId: 'ada' }))).toMatchObject({
      alarmId: 'a-1',
      state: 'RAISED',
      ackState: 'ACKNOWLEDGED',
      ackUserId: 'ada',
      specificProblem: 'nobody answers',
    })
    expect(await ids('ackState=UNACKNOWLEDGED')).toEqual(['a-2'])
    await api.ok(api.send('POST', `${RUNTIME}/alarms/a-1/unacknowledge`, { userId: 'ada' }))
    expect(await api.get(`${RUNTIME}/alarms/a-1`)).toMatchObject({ ackState: 'UNACKNOWLEDGED' })
    const clear: AlarmCommand = { type: 'clear', reason: 'all is well' }
    await api.system.parts.client.tell(alarmRef('a-1'), clear, { sender: 'test' })
    await until(async () => (await ids('state=CLEARED')).includes('a-1'))
    expect(await api.get(`${RUNTIME}/alarms/a-1`)).toMatchObject({ state: 'CLEARED', clearedReason: 'all is well' })
    expect((await problem(api.ask(`${RUNTIME}/alarms/none`))).status).toBe(404)
    expect((await problem(api.send('POST', `${RUNTIME}/alarms/none/acknowledge`, { userId: 'ada' }))).status).toBe(404)
    expect((await problem(api.send('POST', `${RUNTIME}/alarms/a-1/acknowledge`, {}))).status).toBe(400)
  })
})

it('streams what concerns one control loop', async () => {
  const response = await api.ask('/api/events?controlLoop=house-3&after=-1')
  await api.ok(api.order('PASSIVE', 'house-2', 'house-3'), 202)
  await api.reaches('house-3', 'PASSIVE')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('"state":"PASSIVE"')) text += (await reader?.read())?.value ?? ''
  await reader?.cancel()
  expect(text).toContain('"controlLoop":{"name":"house-3","version":"1.0.0"}')
  expect(text).not.toContain('house-2')
})
