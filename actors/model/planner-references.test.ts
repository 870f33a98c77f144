import { expect, test } from 'vitest'
import { assembly, component, property, resource, values } from '../testing/small-descriptors.ts'
import { planIntent } from './planner.ts'
import { EMPTY_TOPOLOGY } from './topology.ts'

const NODE = resource('resource::node::1.0')

/** Where the reference is looked up. */
const placeOf = (given: Readonly<Record<string, string>>) => {
  const top = assembly('assembly::top::1.0', {
    composition: { A: component(NODE.name) },
    references: { network: { type: 'resource::network::^1.0', properties: values(given) } },
    properties: { deploymentLocation: property({ default: 'here' }), resourceManager: property({ default: 'brent' }) },
  })
  const { plan } = planIntent({
    descriptors: { [NODE.name]: NODE, [top.name]: top },
    topology: EMPTY_TOPOLOGY,
    intent: {
      type: 'CreateAssembly',
      assemblyName: 'asm',
      descriptorName: top.name,
      intendedState: 'Active',
      properties: {},
    },
    rootProperties: {},
    newId: () => 'id',
  })
  const find = plan?.tasks.find((task) => task.type === 'transition' && task.transition === 'FindReference')
  if (find?.type !== 'transition') throw new Error('nothing is looked up')
  return { deploymentLocation: find.call?.deploymentLocation, resourceManager: find.call?.resourceManager }
}

test('a reference that says nothing about its place is looked up where its assembly is', () => {
  const place = placeOf({ instance: 'net' })
  expect(place).toEqual({ deploymentLocation: { value: 'here' }, resourceManager: { value: 'brent' } })
})

test('one that says so is looked up there', () => {
  const place = placeOf({ deploymentLocation: 'there', resourceManager: '${resourceManager}' })
  expect(place).toEqual({ deploymentLocation: { value: 'there' }, resourceManager: { value: 'brent' } })
})
