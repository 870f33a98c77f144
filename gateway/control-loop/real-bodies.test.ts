/** The service templates that ONAP ships and the requests that its own tests send, where they are at hand. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ONAP, openLoopApi, type LoopApi, type SimpleResponse } from './testing/loop-api.ts'
import { having, listWith, textWith } from './testing/matchers.ts'
import { lifeOfAll, registerAll, type WantedElement } from './testing/whole-loops.ts'

const folder = fileURLToPath(new URL('../../../shared/data/control-loop', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.info(`${folder} isn't here: what ONAP's own tests send is skipped`)
const text = (path: string): string => readFileSync(`${folder}/${path}`, 'utf8')
const filesIn = (part: string, ending: string): readonly string[] =>
  isThere
    ? readdirSync(`${folder}/${part}`)
        .filter((name) => name.endsWith(ending))
        .map((name) => `${part}/${name}`)
    : []
const JSON_TYPE = { 'content-type': 'application/json' }

/** How many elements each of its loops has; or why it can't be commissioned, and where. */
const TEMPLATES: Readonly<Record<string, readonly number[] | { readonly code: string; readonly at?: string }>> = {
  'istanbul/ApplicationServiceDescriptorTypes.yaml': { code: 'no-control-loop' },
  'istanbul/CdsControlLoopElementType.yaml': { code: 'no-control-loop' },
  'istanbul/ControlLoopTOSCAServiceTemplateTypes.yaml': { code: 'no-control-loop' },
  'istanbul/DcaeControlLoopElementType.yaml': { code: 'no-control-loop' },
  'istanbul/HttpControlLoopElementType.yaml': { code: 'no-control-loop' },
  'istanbul/KubernetesControlLoopElementType.yaml': { code: 'no-control-loop' },
  'istanbul/KubernetesHelm.yaml': [2],
  'istanbul/PMSHMultipleCLTosca.yaml': [4, 4],
  'istanbul/PMSubscriptionHandling.yaml': [4],
  // A draft: its loop and elements are of types that no file declares (`org.onap.polcy…`, `org.onap.policy.clamp.ControlLoop`).
  'istanbul/PMSubscriptionHandling_GuilinFormat.yaml': { code: 'template-invalid', at: 'line 274, column 13' },
  'istanbul/PolicyControlLoopElementType.yaml': { code: 'no-control-loop' },
  'istanbul/full-tosca-with-common-properties.yaml': [3],
  // Applications of a loop, without the loop.
  'istanbul/pm_control_loop_tosca.yaml': { code: 'no-control-loop' },
  'istanbul/pmsh_multiple_cl_tosca.yaml': [4, 4],
  'istanbul/tosca-for-smoke-testing.yaml': [7],
  'poc/KubernetesHelm.yaml': [2],
  'poc/PMSubscriptionHandling.yaml': [4],
  'poc/PMSubscriptionHandling_GuilinFormat.yaml': { code: 'template-invalid', at: 'line 274, column 13' },
  // Another language.
  'poc/pmsh_cloudify_blueprint.yaml': { code: 'template-invalid', at: 'line 21, column 28' },
  'poc/pmsh_monitoring_policy.yaml': { code: 'no-control-loop' },
  'poc/pmsh_monitoring_policy_type.yaml': { code: 'no-control-loop' },
  'poc/pmsh_operational_policy.yaml': { code: 'no-control-loop' },
}

it.skipIf(!isThere)('every service template that is there is in the table', () => {
  expect([...filesIn('istanbul', '.yaml'), ...filesIn('poc', '.yaml')].sort()).toEqual(Object.keys(TEMPLATES).sort())
})

describe.skipIf(!isThere).each(Object.entries(TEMPLATES))('%s', (path, expected) => {
  let api: LoopApi
  beforeAll(async () => {
    api = await openLoopApi()
  })
  afterAll(async () => {
    expect([api.gateway.unexpectedErrors(), api.reported]).toEqual([0, []])
    await api.stop()
  })
  const commission = () => api.yaml('POST', `${ONAP}/commission`, text(path))

  if ('code' in expected)
    it('is refused for what it is', async () => {
      const [status, { errorDetails, details }] = await api.refused(commission())
      expect([status, details.code]).toEqual([400, expected.code])
      if (expected.at !== undefined) expect(errorDetails).toContain(expected.at)
    })
  else
    it('is commissioned, its loops go to RUNNING and back, and it is decommissioned', async () => {
      await api.ok(commission())
      expect(await lifeOfAll(api)).toEqual(expected)
    })
})

const BODIES = [
  'ControlLoopElementsNotFound.json',
  'ControlLoops.json',
  'ControlLoopsNotFound.json',
  'ControlLoopsUpdate.json',
  'ControlLoopsVersionNotMatches.json',
  'PassiveCommand.json',
].map((name) => `istanbul/controlloops/${name}`)
const [ELEMENTS_NOT_FOUND = '', LOOPS = '', LOOPS_NOT_FOUND = '', UPDATE = '', OTHER_VERSION = '', PASSIVE = ''] =
  BODIES

it.skipIf(!isThere)('every request that is there is sent', () => {
  expect(filesIn('istanbul/controlloops', '.json')).toEqual(BODIES)
})

describe
  .skipIf(!isThere)
  .each(['PMSHMultipleCLTosca.yaml', 'pmsh_multiple_cl_tosca.yaml', 'PMSubscriptionHandling.yaml'])(
  'requests against %s',
  (template) => {
    let api: LoopApi
    beforeAll(async () => {
      api = await openLoopApi()
      const answer = await api.ok<{ affectedControlLoopDefinitions: unknown[] }>(
        api.yaml('POST', `${ONAP}/commission`, text(`istanbul/${template}`)),
      )
      expect(answer.affectedControlLoopDefinitions.length).toBeGreaterThan(7)
    })
    afterAll(async () => {
      expect([api.gateway.unexpectedErrors(), api.reported]).toEqual([0, []])
      await api.stop()
    })
    const send = (method: string, path: string, name: string) =>
      api.ask(`${ONAP}/${path}`, { method, body: text(name), headers: JSON_TYPE })
    const affectedControlLoops = [
      { name: 'PMSHInstance0', version: '1.0.1' },
      { name: 'PMSHInstance1', version: '1.0.1' },
    ]
    const remove = (name: string) => api.ask(`${ONAP}/instantiation?name=${name}&version=1.0.1`, { method: 'DELETE' })

    it.each([
      [ELEMENTS_NOT_FOUND, 'unknown-element'],
      [LOOPS_NOT_FOUND, 'definition-not-commissioned'],
      [OTHER_VERSION, 'unknown-element'],
    ])('%s is refused, as new loops and as changes', async (name, code) => {
      for (const method of ['POST', 'PUT']) {
        const [status, { details }] = await api.refused(send(method, 'instantiation', name))
        expect([status, details.findings?.some((finding) => finding.code === code)]).toEqual([400, true])
      }
    })

    it('loops that aren’t there can be neither changed nor ordered', async () => {
      expect((await api.refused(send('PUT', 'instantiation', LOOPS)))[0]).toBe(404)
      expect((await api.refused(send('PUT', 'instantiation/command', PASSIVE)))[0]).toBe(404)
      expect((await api.refused(remove('PMSHInstance0')))[0]).toBe(404)
    })

    it('loops are made, changed, ordered and deleted', async () => {
      expect(await api.ok(send('POST', 'instantiation', LOOPS))).toMatchObject({ affectedControlLoops })
      const shown = await api.loop('PMSHInstance1')
      // The key under which an element stands is not its id.
      expect(Object.keys(shown.elements)).toContain('709c62b3-8918-41b9-a747-e21eb79c6c24')
      expect((await api.refused(send('POST', 'instantiation', LOOPS)))[0]).toBe(400)
      expect(await api.ok(send('PUT', 'instantiation', UPDATE))).toMatchObject({
        affectedControlLoops,
        warnings: listWith([having({ code: 'element-count' })]),
      })
      expect(await api.refused(send('PUT', 'instantiation/command', PASSIVE))).toMatchObject([
        400,
        { errorDetails: 'No participants registered' },
      ])

      const { controlLoopList } = JSON.parse(text(UPDATE)) as {
        controlLoopList: { elements: Record<string, WantedElement> }[]
      }
      await registerAll(
        api,
        controlLoopList.flatMap(({ elements }) => Object.values(elements)),
      )
      expect(await api.ok(send('PUT', 'instantiation/command', PASSIVE), 202)).toMatchObject({ affectedControlLoops })
      for (const { name } of affectedControlLoops) await api.reaches(name, 'PASSIVE')
      expect((await api.refused(send('PUT', 'instantiation/command', PASSIVE)))[0]).toBe(406)
      const refusals: readonly [number, SimpleResponse][] = [
        await api.refused(remove('PMSHInstance0')),
        await api.refused(send('PUT', 'instantiation', LOOPS)),
      ]
      const isStillPassive = { errorDetails: textWith('Control Loop State is still PASSIVE') }
      expect(refusals).toMatchObject([
        [400, isStillPassive],
        [400, isStillPassive],
      ])

      const back = { orderedState: 'UNINITIALISED', controlLoopIdentifierList: affectedControlLoops }
      await api.ok(api.send('PUT', `${ONAP}/instantiation/command`, back), 202)
      for (const { name } of affectedControlLoops) {
        await api.reaches(name, 'UNINITIALISED')
        await api.ok(remove(name))
      }
    })
  },
)

/** By path, the methods that ONAP's own documents describe. */
it.skipIf(!isThere)('every operation of ONAP’s documents is there', async () => {
  const api = await openLoopApi()
  interface Document {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  }
  const operations = ({ paths }: Document): readonly string[] =>
    Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
  const ours = operations(await api.get<Document>('/openapi.json'))
  const theirs = ['comissioning', 'instantiation', 'monitoring'].flatMap((part) =>
    operations(JSON.parse(text(`istanbul/controlloop-${part}.json`)) as Document),
  )
  expect(theirs.length).toBeGreaterThan(12)
  expect(theirs.filter((operation) => !ours.includes(operation))).toEqual([])
  await api.stop()
})
