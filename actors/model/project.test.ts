import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { descriptorSet, sourceOf } from './catalogue.ts'
import { readDescriptor } from './descriptor-reader.ts'
import { readProject, type ProjectFile, type ProjectReading } from './project.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const REAL = path.join(ROOT, '../shared/data/lifecycle')

function folder(root: string): ProjectFile[] {
  return readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile() || !/\.ya?ml$/.test(entry.name)) return []
    const file = path.join(entry.parentPath, entry.name)
    return [{ path: path.relative(root, file), text: readFileSync(file, 'utf8') }]
  })
}

const names = (reading: ProjectReading): string[] => reading.descriptors.map((one) => one.name)

const DEMO: ProjectFile[] = [
  {
    path: 'lmproject.yml',
    text: `schema: '2.0'
name: demo
version: '1.0'
type: Assembly
contains:
- {name: vnf, type: Assembly, directory: vnf-dir, contains: [{name: compB, type: Resource, directory: compB}]}
- {name: compA, type: Resource, directory: compA, resource-manager: brent}
`,
  },
  {
    path: './Descriptor/assembly.yaml',
    text: `# the whole
composition:
  a: {type: '$lmctl:/contains:/compA:/descriptor_name'}
  v:
    type: $lmctl:/contains:/vnf:/descriptor_name
`,
  },
  {
    path: 'Contains/vnf-dir/Descriptor/assembly.yml',
    text: `name: $lmctl:/descriptor_name\ncomposition: {b: {type: '$lmctl:/contains:/compB:/descriptor_name'}}\n`,
  },
  { path: 'Contains/vnf-dir/Contains/compB/Definitions/lm/resource.yaml', text: '{description: in braces}\n' },
  { path: 'Contains/compA/Definitions/lm/resource.yml', text: '---\ndescription: after a line\n' },
  { path: 'Contains/compA/Lifecycle/ansible/x.yml', text: 'not: [ours' },
]

describe('readProject', () => {
  it('names the descriptors as the packaging tool does, parts first', () => {
    const reading = readProject(DEMO)
    expect(reading.findings).toEqual([])
    expect(names(reading)).toEqual([
      'resource::compB-vnf-demo::1.0',
      'assembly::vnf-demo::1.0',
      'resource::compA-demo::1.0',
      'assembly::demo::1.0',
    ])
    expect(reading.descriptors.at(-1)?.text).toBe(`name: assembly::demo::1.0
# the whole
composition:
  a: {type: 'resource::compA-demo::1.0'}
  v:
    type: assembly::vnf-demo::1.0
`)
    for (const { name, text, descriptor, file } of reading.descriptors) {
      expect(readDescriptor(text).descriptor).toEqual(descriptor)
      expect(descriptor.name).toBe(name)
      expect(DEMO.some((one) => one.path.endsWith(file))).toBe(true)
    }
    expect(
      descriptorSet(sourceOf(reading.descriptors.map((one) => one.descriptor)), 'assembly::demo::1.0').findings,
    ).toEqual([])
  })

  const changed = (file: string, text: string | undefined) =>
    readProject(
      DEMO.flatMap((one) => {
        if (!one.path.endsWith(file)) return [one]
        return text === undefined ? [] : [{ path: one.path, text }]
      }),
    ).findings

  it('keeps lines and columns of the files', () => {
    expect(changed('assembly.yaml', '\nproperties:\n  a: text\n')).toMatchObject([
      { file: 'Descriptor/assembly.yaml', line: 3, column: 6, code: 'wrong-type' },
    ])
    expect(changed('assembly.yaml', 'a: 1\nb: $lmctl:/contains:/x:/descriptor_name\n')).toContainEqual(
      expect.objectContaining({ code: 'unknown-placeholder', file: 'Descriptor/assembly.yaml', line: 2, column: 4 }),
    )
  })

  it('says what is missing or wrong', () => {
    expect(changed('lmproject.yml', undefined)).toMatchObject([{ code: 'no-project' }])
    expect(readProject([{ path: 'demo/lmproject.yml', text: '' }]).findings[0]?.hint).toContain('demo/lmproject.yml')
    expect(changed('resource.yml', undefined)).toMatchObject([{ code: 'no-descriptor' }])
    expect(changed('resource.yml', 'name: resource::other::1.0\n')).toMatchObject([{ code: 'name-differs', line: 1 }])
    expect(changed('lmproject.yml', 'name: demo\nversion: v1\ntype: Asembly\n')).toMatchObject([
      { code: 'value-not-allowed', file: 'lmproject.yml', line: 3, hint: `did you mean 'Assembly'?` },
    ])
    expect(changed('lmproject.yml', 'name: demo\nversion: v1\ntype: Assembly\n')).toMatchObject([{ code: 'bad-name' }])
    expect(changed('lmproject.yml', 'name: demo\n')).toMatchObject([{ code: 'missing-key' }, { code: 'missing-key' }])
  })

  it('is bounded', () => {
    const file = { path: 'x', text: '' }
    expect(readProject(Array.from({ length: 2001 }, () => file)).findings).toMatchObject([{ code: 'too-large' }])
    const nested = `${'{name: a, type: Assembly, contains: ['.repeat(100)}${']}'.repeat(100)}`
    expect(changed('lmproject.yml', nested)).toMatchObject([{ code: 'too-deep' }])
    const before = performance.now()
    changed('assembly.yaml', '$lmctl:/x '.repeat(25_000))
    expect(performance.now() - before).toBeLessThan(4000)
  })
})

describe('real projects', () => {
  it('hellohelm: a resource that contains an assembly around itself', (ctx) => {
    if (!existsSync(REAL)) ctx.skip(`${REAL} isn't there`)
    const reading = readProject(folder(path.join(REAL, 'hellohelm')))
    expect(reading.findings).toEqual([])
    expect(names(reading)).toEqual(['resource::hellohelm::1.0', 'assembly::wrapper-hellohelm::1.0'])
    const source = sourceOf(reading.descriptors.map((one) => one.descriptor))
    expect(descriptorSet(source, 'assembly::wrapper-hellohelm::1.0').findings).toEqual([])
  })

  it('helloworld-compute: a misspelt type is only a warning', (ctx) => {
    if (!existsSync(REAL)) ctx.skip(`${REAL} isn't there`)
    const reading = readProject(folder(path.join(REAL, 'example-resources/helloworld-compute')))
    expect(names(reading)).toEqual(['resource::helloworld-compute::1.0'])
    expect(reading.findings).toMatchObject([
      { severity: 'warning', code: 'misspelled-type', path: '$.properties.image.type', line: 8, column: 11 },
    ])
  })

  it('neutron-network: can be referenced', (ctx) => {
    if (!existsSync(REAL)) ctx.skip(`${REAL} isn't there`)
    const reading = readProject(folder(path.join(REAL, 'example-resources/neutron-network')))
    expect(reading.findings).toEqual([])
    expect(reading.descriptors[0]?.descriptor).toMatchObject({
      findReference: { drivers: { openstack: ['Openstack'] } },
    })
  })
})
