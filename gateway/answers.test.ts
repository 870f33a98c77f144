/** What is answered is what the document says: each kind of answer about control loops, from the real runtime. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alarmRef } from '../actors/addresses.ts'
import type { AlarmCommand } from '../actors/alarm/protocol.ts'
import { until } from '../runtime/testing/until.ts'
import { ACTUATORS, DEFINITION, house, ROOF, WINDOW, windowOf } from './control-loop/testing/greenhouse-template.ts'
import { ONAP, openLoopApi, type LoopApi } from './control-loop/testing/loop-api.ts'

type Content = Readonly<Record<string, unknown>>
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, { readonly required?: readonly string[] }>> }
}

const RUNTIME = '/api/runtime'
let api: LoopApi
let document: Document
/** All formats of the document are for people. */
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })

const pointer = (...steps: readonly string[]): string =>
  steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')

const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)

/** Asks, and compares the answer with what the document says of it. */
const asked = async (status: number, method: string, path: string, body?: unknown): Promise<unknown> => {
  const init = { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await api.ask(path, body === undefined ? { method } : init)
  const answer: unknown = await response.json()
  expect([method, path, response.status, response.status === status ? '' : answer]).toEqual([method, path, status, ''])
  const bare = path.split('?')[0] ?? ''
  const template = Object.keys(document.paths).find((one) => patternOf(one).test(bare)) ?? ''
  const responses = document.paths[template]?.[method.toLowerCase()]?.responses ?? {}
  const key = String(status) in responses ? String(status) : 'default'
  const type = response.headers.get('content-type')?.split(';')[0] ?? ''
  const steps = ['paths', template, method.toLowerCase(), 'responses', key, 'content', type, 'schema']
  expect(Object.keys(responses[key]?.content ?? {})).toContain(type)
  const isValid = ajv.validate({ $ref: `api.json#${pointer(...steps)}` }, answer)
  expect([method, path, isValid ? [] : ajv.errors]).toEqual([method, path, []])
  return answer
}

beforeAll(async () => {
  api = await openLoopApi()
  document = await api.get<Document>('/openapi.json')
  ajv.addSchema({ ...document, $id: 'api.json' })
  await api.commission()
  await api.registerAll()
})
afterAll(() => api.stop())

it('the document says which fields may be absent', () => {
  const { schemas } = document.components
  expect(schemas['Finding']?.required).toEqual(['severity', 'code', 'message', 'path'])
  expect(schemas['InstantiationResponse']?.required).toEqual(['affectedControlLoops'])
  expect(schemas['ControlLoopPage']?.required).toEqual(['controlLoops'])
})

describe('answers are as the document says', () => {
  const order = (orderedState: string, ...names: string[]) => ({
    orderedState,
    controlLoopIdentifierList: names.map((name) => ({ name, version: '1.0.0' })),
  })
  const loops = { controlLoopList: [house(1), house(2, { opening: 3 })] }
  const one = `${RUNTIME}/control-loops/house-1/1.0.0`

  it('of orders, with warnings and without', async () => {
    await asked(200, 'POST', `${ONAP}/instantiation`, loops)
    await asked(200, 'PUT', `${ONAP}/instantiation`, loops)
    const elements = { [windowOf(3)]: { definition: WINDOW, participantId: ROOF } }
    const partly = { controlLoopList: [{ ...house(3), elements }] }
    expect(await asked(200, 'POST', `${ONAP}/instantiation`, partly)).toHaveProperty('warnings')
    await asked(200, 'GET', `${ONAP}/instantiation`)
    await asked(200, 'GET', `${one}/plan?orderedState=PASSIVE`)
    await asked(202, 'PUT', `${ONAP}/instantiation/command`, order('PASSIVE', 'house-1', 'house-2'))
    for (const name of ['house-1', 'house-2']) await api.reaches(name, 'PASSIVE')
    api.participants.hold = true
    await asked(202, 'PUT', `${ONAP}/instantiation/command`, order('RUNNING', 'house-2'))
    await until(async () => (await api.loop('house-2')).state === 'PASSIVE2RUNNING')
    for (const name of ['house-1', 'house-2', 'house-3'])
      for (const path of ['', '/waiting', '/history'])
        await asked(200, 'GET', `${RUNTIME}/control-loops/${name}/1.0.0${path}`)
    api.participants.hold = false
    const instance = (version: string) => ({
      topology_template: { node_templates: { [DEFINITION.name]: {}, [WINDOW.name]: { version } } },
    })
    await asked(200, 'POST', `${ONAP}/instanceProperties`, instance('1.0.0'))
    await asked(400, 'POST', `${ONAP}/instanceProperties`, instance('2.0.0'))
    await asked(200, 'DELETE', `${ONAP}/instantiation?name=house-3&version=1.0.0`)
  })

  it('of lists, page by page, and of what they list', async () => {
    const definition = `${RUNTIME}/control-loop-definitions/${DEFINITION.name}/${DEFINITION.version}`
    const participant = `${RUNTIME}/participants/roof/1.0.0`
    await api.comes({ name: 'shed', version: '1.0.0' }, ACTUATORS)
    await api.goes({ name: 'shed', version: '1.0.0' }, ACTUATORS)
    for (const path of [
      `${RUNTIME}/control-loops`,
      `${RUNTIME}/control-loops?limit=1`,
      `${RUNTIME}/control-loop-definitions`,
      definition,
      `${definition}/parameters`,
      `${RUNTIME}/participants`,
      participant,
      `${RUNTIME}/participants/shed/1.0.0`,
      `${participant}/control-loops`,
      `${RUNTIME}/service-templates`,
      `${ONAP}/instantiationState?name=house-1`,
      `${ONAP}/controlLoopPriming`,
      `${ONAP}/commission`,
      `${ONAP}/commission/elements?name=${DEFINITION.name}&version=${DEFINITION.version}`,
      `${ONAP}/commission/toscaservicetemplate`,
      `${ONAP}/commission/getCommonOrInstanceProperties`,
      `${ONAP}/monitoring/participant`,
      `${ONAP}/monitoring/clelement?name=roof&version=1.0.0`,
      `${ONAP}/actuator/health`,
      `${ONAP}/actuator/metrics`,
    ])
      await asked(200, 'GET', path)
  })

  it('of alarms, raised and cleared', async () => {
    const tell = (command: AlarmCommand) => api.system.parts.client.tell(alarmRef('a-1'), command, { sender: 'test' })
    const alarm = {
      objectInstance: 'control-loop/house-1:1.0.0',
      alarmType: 'COMMUNICATIONS_ALARM',
      probableCause: 'element-does-not-answer',
      perceivedSeverity: 'MAJOR',
      specificProblem: 'nobody answers',
      additionalInformation: {},
    } as const
    const state = async () => (await api.ask(`${RUNTIME}/alarms/a-1`)).text()
    const shown = async (word: string) => {
      await until(async () => (await state()).includes(word))
      await asked(200, 'GET', `${RUNTIME}/alarms`)
      await asked(200, 'GET', `${RUNTIME}/alarms/a-1`)
    }
    await tell({ type: 'raise', alarm })
    await shown('RAISED')
    await asked(200, 'POST', `${RUNTIME}/alarms/a-1/acknowledge`, { userId: 'ada' })
    await tell({ type: 'clear', reason: 'all is well' })
    await shown('CLEARED')
  })

  it('of refusals', async () => {
    await asked(400, 'POST', `${ONAP}/instantiation`, loops)
    await asked(404, 'GET', `${RUNTIME}/control-loops/nobody/1.0.0`)
    await asked(409, 'GET', `${one}/plan?orderedState=PASSIVE`)
    await asked(406, 'PUT', `${ONAP}/instantiation/command`, order('PASSIVE', 'house-1'))
  })
})
