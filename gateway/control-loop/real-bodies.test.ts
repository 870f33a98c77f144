/** The requests that ONAP's own tests send, where they are at hand. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ONAP, openLoopApi, type LoopApi } from './testing/loop-api.ts'
import { having, listWith } from './testing/matchers.ts'

const folder = fileURLToPath(new URL('../../../shared/data/control-loop/istanbul', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.info(`${folder} isn't here: the requests of ONAP's own tests are skipped`)
const text = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8')

describe
  .skipIf(!isThere)
  .each(['PMSHMultipleCLTosca.yaml', 'pmsh_multiple_cl_tosca.yaml', 'PMSubscriptionHandling.yaml'])(
  'requests against %s',
  (template) => {
    let api: LoopApi
    beforeAll(async () => {
      api = await openLoopApi()
      const answer = await api.ok<{ affectedControlLoopDefinitions: unknown[] }>(
        api.yaml('POST', `${ONAP}/commission`, text(template)),
      )
      expect(answer.affectedControlLoopDefinitions.length).toBeGreaterThan(7)
    })
    afterAll(async () => {
      expect([api.gateway.unexpectedErrors(), api.reported]).toEqual([0, []])
      await api.stop()
    })
    const post = (method: string, name: string) =>
      api.ask(`${ONAP}/instantiation`, {
        method,
        body: text(`controlloops/${name}`),
        headers: { 'content-type': 'application/json' },
      })
    const affectedControlLoops = [
      { name: 'PMSHInstance0', version: '1.0.1' },
      { name: 'PMSHInstance1', version: '1.0.1' },
    ]

    it.each([
      ['ControlLoopElementsNotFound.json', 'unknown-element'],
      ['ControlLoopsNotFound.json', 'definition-not-commissioned'],
      ['ControlLoopsVersionNotMatches.json', 'unknown-element'],
    ])('%s is refused', async (name, code) => {
      const [status, { details }] = await api.refused(post('POST', name))
      expect([status, details.findings?.some((finding) => finding.code === code)]).toEqual([400, true])
    })

    it('loops are made, changed, ordered and deleted', async () => {
      expect(await api.ok(post('POST', 'ControlLoops.json'))).toMatchObject({ affectedControlLoops })
      const shown = await api.loop('PMSHInstance1')
      // The key under which an element stands is not its id.
      expect(Object.keys(shown.elements)).toContain('709c62b3-8918-41b9-a747-e21eb79c6c24')
      expect((await api.refused(post('POST', 'ControlLoops.json')))[0]).toBe(400)
      expect(await api.ok(post('PUT', 'ControlLoopsUpdate.json'))).toMatchObject({
        affectedControlLoops,
        warnings: listWith([having({ code: 'element-count' })]),
      })
      const body = text('controlloops/PassiveCommand.json')
      const headers = { 'content-type': 'application/json' }
      const command = api.ask(`${ONAP}/instantiation/command`, { method: 'PUT', body, headers })
      expect(await api.refused(command)).toMatchObject([400, { errorDetails: 'No participants registered' }])
      for (const { name, version } of affectedControlLoops)
        await api.ok(api.ask(`${ONAP}/instantiation?name=${name}&version=${version}`, { method: 'DELETE' }))
    })
  },
)
