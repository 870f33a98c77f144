/** Service templates of our own, as rich as those that are shipped: loops of all their types live their lives. */
import { stringify } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readServiceTemplate } from '../../actors/model/tosca/service-template-reader.ts'
import { SLUICE_TEMPLATE } from '../../actors/model/tosca/testing/sluice-template.ts'
import { GREENHOUSE } from './testing/greenhouse-template.ts'
import { ONAP, openLoopApi, type LoopApi } from './testing/loop-api.ts'
import { lifeOfAll } from './testing/whole-loops.ts'

/** Text in quotes whose further lines are less indented than their parent, and the slips that shipped files have. */
const SLOPPY = GREENHOUSE.replace('description: The windows in the roof', 'description: "The windows\n  in the\n roof"')
  .replace('opening: { type: integer, default: 40,', 'opening: { type: integer, requred: false, default: 40,')
  .replace(
    '      type: org.example.Actuator\n      type_version: 1.0.0',
    '      type: org.example.Actuator\n      typeVersion: 9.0.0',
  )

describe.each([
  ['two phases, two types of participants, a policy', GREENHOUSE, 'application/yaml', [2]],
  [
    'several types of loops that share elements, policies, functions, artifacts',
    SLUICE_TEMPLATE,
    'application/yaml',
    [2, 1],
  ],
  ['the same as JSON', JSON.stringify(readServiceTemplate(SLUICE_TEMPLATE).template), 'application/json', [2, 1]],
  [
    'the same, exported and read again',
    stringify(readServiceTemplate(SLUICE_TEMPLATE).template),
    'application/yaml',
    [2, 1],
  ],
  ['with slips', SLOPPY, 'application/yaml', [2]],
])('a template with %s', (_, body, type, elements) => {
  let api: LoopApi
  beforeAll(async () => {
    api = await openLoopApi()
  })
  afterAll(async () => {
    expect([api.gateway.unexpectedErrors(), api.reported]).toEqual([0, []])
    await api.stop()
  })

  it('is commissioned, its loops go to RUNNING and back, and it is decommissioned', async () => {
    await api.ok(api.ask(`${ONAP}/commission`, { method: 'POST', body, headers: { 'content-type': type } }))
    expect(await lifeOfAll(api)).toEqual(elements)
  })
})
