/** Over the API: what no broker would take is refused before anything is done. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLIMATE, GREENHOUSE, house, RULES, WINDOW } from './testing/greenhouse-template.ts'
import { ONAP, openLoopApi, type LoopApi } from './testing/loop-api.ts'
import { anyNumber, having, textLike, textWith } from './testing/matchers.ts'

let api: LoopApi
beforeAll(async () => {
  api = await openLoopApi()
})
afterAll(async () => {
  expect([api.gateway.unexpectedErrors(), api.reported]).toEqual([0, []])
  await api.stop()
})

const commission = (text: string) => api.yaml('POST', `${ONAP}/commission`, text)
const create = (loop: unknown) => api.send('POST', `${ONAP}/instantiation`, { controlLoopList: [loop] })
/** Values that are written out anew where they are used. */
const withValues = (count: number) =>
  GREENHOUSE.replace('description: The windows in the roof', `description: ${'w'.repeat(count)}`).replace(
    'celsius: 24',
    `celsius: 24, more: ${'p'.repeat(count)}`,
  )
const withWindows = (count: number) => {
  const windows = Array.from({ length: count }, (_, index) => `org.example.Window${index}`)
  const node = (name: string) =>
    `    ${name}: { version: 1.0.0, type: org.example.Actuator, type_version: 1.0.0, properties: { participantType: { name: org.example.ActuatorParticipant, version: 1.0.0 } } }`
  return GREENHOUSE.replace('  node_templates:\n', `  node_templates:\n${windows.map(node).join('\n')}\n`).replace(
    '          - { name: org.example.Climate, version: 1.0.0 }\n',
    windows.map((name) => `          - { name: ${name}, version: 1.0.0 }\n`).join(''),
  )
}

describe('a service template', () => {
  it('is refused if what is made of it can’t be sent, and nothing of it is there', async () => {
    expect(await api.refused(commission(withValues(250_000)))).toMatchObject([
      400,
      { errorDetails: textWith('950000'), details: { code: 'template-too-large', bytes: anyNumber } },
    ])
    expect(await api.get(`${ONAP}/commission`)).toEqual([])
  })

  it('is refused if a loop has too many elements, with the place', async () => {
    const [status, { errorDetails, details }] = await api.refused(commission(withWindows(1_000)))
    expect([status, errorDetails, details.findings]).toEqual([
      400,
      textLike(/has 1001 elements; 1000 are the most/),
      [having({ code: 'too-many-elements', line: 1080, column: 11 })],
    ])
  })

  it('may be as large as fits', async () => {
    await api.ok(commission(withValues(200_000)))
  })
})

describe('a control loop', () => {
  const withElements = (count: number, element: object) => ({
    ...house(1),
    elements: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `00000000-0000-4000-9000-${String(index).padStart(12, '0')}`,
        { participantId: RULES, ...element },
      ]),
    ),
  })

  it('is refused if its participants can’t be told of a phase', async () => {
    const policies = await api.refused(create(withElements(5, { definition: CLIMATE })))
    expect(policies).toMatchObject([400, { errorDetails: textLike(/elements.*start phase 0.*policies of 5 of them/) }])
    const propertiesMap = { opening: 50, place: 'x'.repeat(400) }
    const values = await api.refused(create(withElements(1_000, { definition: WINDOW, propertiesMap })))
    expect(values).toMatchObject([400, { errorDetails: textLike(/1000 elements of start phase 1 make a message of/) }])
    expect((await api.get<{ controlLoopList: unknown[] }>(`${ONAP}/instantiation`)).controlLoopList).toEqual([])
  })

  it('may have as many as fit', async () => {
    await api.ok(create(withElements(3, { definition: CLIMATE })))
  })
})
