/** The control loops that ONAP ships, where they are at hand. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { controlLoopTypes } from './control-loop-types.ts'
import { readServiceTemplate } from './service-template-reader.ts'
import { exportTosca } from './template-export.ts'

const folder = fileURLToPath(new URL('../../../../shared/data/control-loop', import.meta.url))
const isThere = existsSync(folder)
const files = isThere
  ? ['istanbul', 'poc'].flatMap((era) =>
      readdirSync(`${folder}/${era}`)
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => `${era}/${name}`),
    )
  : []

const reading = (path: string) => readServiceTemplate(readFileSync(`${folder}/${path}`, 'utf8'), { file: path })

/** Drafts of an older form, whose loops are of types that exist nowhere, and a template of another language. */
const REFUSED: Readonly<Record<string, readonly (readonly [string, number, number])[]>> = {
  'istanbul/PMSubscriptionHandling_GuilinFormat.yaml': [
    ['unknown-type', 274, 13],
    ['unknown-type', 447, 13],
  ],
  'poc/PMSubscriptionHandling_GuilinFormat.yaml': [
    ['unknown-type', 274, 13],
    ['unknown-type', 447, 13],
  ],
  'poc/pmsh_cloudify_blueprint.yaml': [['unknown-tosca-version', 21, 28]],
}

/** Loops, and how many elements each has. */
const LOOPS: Readonly<Record<string, readonly number[]>> = {
  'istanbul/KubernetesHelm.yaml': [2],
  'istanbul/PMSHMultipleCLTosca.yaml': [4, 4],
  'istanbul/PMSubscriptionHandling.yaml': [4],
  'istanbul/full-tosca-with-common-properties.yaml': [3],
  'istanbul/pmsh_multiple_cl_tosca.yaml': [4, 4],
  'istanbul/tosca-for-smoke-testing.yaml': [7],
  'poc/KubernetesHelm.yaml': [2],
  'poc/PMSubscriptionHandling.yaml': [4],
}

describe.skipIf(!isThere)('real files (skipped where ../shared/data/control-loop is not there)', () => {
  it.each(files.filter((path) => !Object.hasOwn(REFUSED, path)))('%s loads, and its loops are found', (path) => {
    const { template, findings } = reading(path)
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    if (template === undefined) throw new Error('no template')
    const loops = controlLoopTypes(template)
    expect(loops.findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(loops.types.map(({ elements }) => elements.length)).toEqual(LOOPS[path] ?? [])
    expect(readServiceTemplate(exportTosca(template, 'yaml')).template).toEqual(template)
  })

  it.each(Object.entries(REFUSED).filter(([path]) => files.includes(path)))('%s is refused', (path, expected) => {
    const errors = reading(path).findings.filter(({ severity }) => severity === 'error')
    expect(errors.map(({ code, line, column }) => [code, line, column])).toEqual(expected)
  })

  it('texts in quotes that go on too far left are read as ONAP reads them', () => {
    const { template } = reading('istanbul/tosca-for-smoke-testing.yaml')
    const name = 'org.onap.domain.database.Http_PMSHMicroserviceControlLoopElement'
    const entities = template?.topology_template.node_templates[name]?.properties['configurationEntities']
    const [entity] = entities as readonly { restSequence: readonly { body: string }[] }[]
    const body = JSON.parse(entity?.restSequence[0]?.body ?? '') as Record<string, unknown>
    expect(body).toMatchObject({ control_loop_name: 'pmsh-control-loop', enable_tls: 'true' })
  })
})
