import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { descriptorSet, sourceOf } from './catalogue.ts'
import { planIntent } from './planner.ts'
import { readProject } from './project.ts'
import { EMPTY_TOPOLOGY } from './topology.ts'

const ROOT = path.resolve(import.meta.dirname, '../../examples/packet-core')
const files = readdirSync(ROOT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.join(entry.parentPath, entry.name))
  .map((file) => ({ path: path.relative(ROOT, file), text: readFileSync(file, 'utf8') }))

describe('the example', () => {
  const { descriptors, findings } = readProject(files)
  const { set, findings: together } = descriptorSet(
    sourceOf(descriptors.map((one) => one.descriptor)),
    'assembly::packet-core::1.0',
  )

  it('has nothing to be remarked on', () => {
    expect(findings).toEqual([])
    expect(together).toEqual([])
    expect(descriptors).toHaveLength(11)
    expect(descriptors.at(-1)?.name).toBe('assembly::packet-core::1.0')
  })

  it('can be ordered as it is: twelve VNFCs', () => {
    if (set === undefined) throw new Error('no set')
    let ids = 0
    const { plan, refusal } = planIntent({
      descriptors: set,
      topology: EMPTY_TOPOLOGY,
      rootProperties: {},
      newId: () => String((ids += 1)),
      intent: {
        type: 'CreateAssembly',
        assemblyName: 'core',
        descriptorName: 'assembly::packet-core::1.0',
        intendedState: 'Active',
        properties: {},
      },
    })
    expect(refusal).toBeUndefined()
    expect(plan?.creates.filter((one) => one.kind === 'resource')).toHaveLength(12)
    expect(plan?.createsRelationships).toHaveLength(10)
  })
})
