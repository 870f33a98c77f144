/** The service of `service.ts` over a driver that obeys: what tests say to it, and what they look at. */
import { expect } from 'vitest'
import type { Reply } from '../../../runtime/entity.ts'
import { assemblyRef, processRef, resourceRef } from '../../addresses.ts'
import type { Intent } from '../../model/intent.ts'
import type { ProcessState } from '../../process/protocol.ts'
import type { MetricReport, ResourceCommand } from '../../resource/protocol.ts'
import type { AssemblyCommand, AssemblyState } from '../protocol.ts'
import { serviceDescriptors } from './service.ts'
import { type DriverScript, World } from './world.ts'

export const HOUR_MS = 3_600_000

export const obedient: DriverScript = ({ transition, resourceName }) => [
  {
    afterMs: 10,
    report: {
      outputs: transition === 'Install' ? { netId: `net-of-${resourceName}`, address: `at-${resourceName}` } : {},
      associatedTopology: transition === 'Create' ? { Stack: { id: resourceName } } : {},
    },
  },
]

type Order = Extract<AssemblyCommand, { type: 'request-intent' }>

export const order = (world: World, processId: string, intent: Intent, more: Partial<Order> = {}): Reply => {
  const message: Order = {
    type: 'request-intent',
    processId,
    intent,
    ...(intent.type === 'CreateAssembly' ? { descriptors: serviceDescriptors() } : {}),
    ...more,
  }
  return world.ask(assemblyRef(intent.assemblyName), message)
}

export const create: Intent = {
  type: 'CreateAssembly',
  assemblyName: 'asm',
  descriptorName: 'assembly::service::1.0',
  intendedState: 'Active',
  properties: {},
}

export const assembly = (world: World, name = 'asm'): AssemblyState => world.state(assemblyRef(name))
export const process = (world: World, id: string): ProcessState => world.state(processRef(id))
export const idOf = (world: World, name: string): string => assembly(world).topology.instances[name]?.id ?? ''
export const names = (world: World): readonly string[] => Object.keys(assembly(world).topology.instances).sort()
export const report = (world: World, name: string, metric: MetricReport): Reply => {
  const message: ResourceCommand = { type: 'metric-reported', metric }
  return world.ask(resourceRef(idOf(world, name)), message)
}

export const running = (script: DriverScript = obedient): World => {
  const world = new World(script)
  expect(order(world, 'create', create).ok).toBe(true)
  world.run(HOUR_MS)
  world.requests.length = 0
  return world
}
