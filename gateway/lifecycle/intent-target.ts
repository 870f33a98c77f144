/** From what a client names in an intent (names or ids) to the intent that an assembly is asked for. */
import { placementOfId, placementOfName, rootNameOf } from '../../actors/addresses.ts'
import type { Intent } from '../../actors/model/intent.ts'
import type { Topology } from '../../actors/model/topology.ts'
import { Problem, badRequest } from '../problem.ts'
import type { AssemblyLookup } from './assemblies.ts'
import type { IntentBody } from './intent-bodies.ts'

/** Either name or id; that exactly one was given is checked here. @throws {Problem} 400 */
const oneOf = (
  fields: Readonly<Record<string, string | undefined>>,
): { readonly field: string; readonly value: string } => {
  const given = Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [{ field, value }]))
  const [first, second] = given
  if (first && (!second || given.every(({ field, value }) => field !== 'assemblyId' && value === first.value)))
    return first
  const names = Object.keys(fields).join(', ')
  throw badRequest('invalid-body', first ? `give only one of ${names}` : `one of ${names} is needed`)
}

const assemblyGiven = ({
  assemblyName,
  assemblyId,
}: {
  assemblyName?: string | undefined
  assemblyId?: string | undefined
}) =>
  // Some clients send both; the id is then what counts.
  assemblyId === undefined ? oneOf({ assemblyName, assemblyId }) : { field: 'assemblyId', value: assemblyId }

/** Where all processes of this order's root live, known without looking anything up. */
export const placementOfBody = (body: IntentBody): number => {
  if (body.type === 'CreateAssembly') return placementOfName(body.assemblyName)
  const { field, value } = assemblyGiven(body)
  return field === 'assemblyId' ? placementOfId(value) : placementOfName(value)
}

export interface IntentTarget {
  readonly intent: Intent
  readonly rootName: string
}

const withoutAssembly = (lookup: AssemblyLookup) => async (field: string, value: string) =>
  new Problem({
    status: 400,
    code: 'assembly-not-found',
    // Clients look for these texts.
    message: `Cannot find assembly instance with ${field === 'assemblyId' ? 'id' : 'name'} ${value}`,
    details: { nearest: field === 'assemblyId' ? [] : await lookup.nearest(value) },
  })

const brokenName = (body: IntentBody & { type: 'HealAssembly' }, topology: Topology): string => {
  const { brokenComponentName, brokenComponentId, brokenComponentMetricKey } = body
  const { field, value } = oneOf({ brokenComponentName, brokenComponentId, brokenComponentMetricKey })
  if (field === 'brokenComponentName') return value
  const found = Object.values(topology.instances).find(({ id }) => id === value)
  if (found) return found.name
  throw badRequest(
    'component-not-found',
    `Cannot find component instance with ${field === 'brokenComponentId' ? 'id' : 'metric key'} ${value}`,
    {
      components: Object.values(topology.instances)
        .flatMap(({ kind, name }) => (kind === 'resource' ? [name] : []))
        .slice(0, 20),
    },
  )
}

/** The intent that a body means for this assembly. */
const intentOf = (
  body: Exclude<IntentBody, { type: 'CreateAssembly' }>,
  assemblyName: string,
  topology: Topology,
): Intent => {
  switch (body.type) {
    case 'ChangeAssemblyState':
      return { type: body.type, assemblyName, intendedState: body.intendedState }
    case 'DeleteAssembly':
      return { type: body.type, assemblyName }
    case 'HealAssembly':
      return { type: body.type, assemblyName, brokenComponent: brokenName(body, topology) }
    case 'ScaleOutAssembly':
    case 'ScaleInAssembly':
      return { type: body.type, assemblyName, clusterName: body.clusterName }
  }
}

const creation = (body: IntentBody & { type: 'CreateAssembly' }): IntentTarget => {
  const { type, assemblyName, descriptorName, intendedState, properties } = body
  return { intent: { type, assemblyName, descriptorName, intendedState, properties }, rootName: assemblyName }
}

/** Looks up what the body names. @throws {Problem} 400 if it isn't there */
export const targetOf = async (body: IntentBody, lookup: AssemblyLookup): Promise<IntentTarget> => {
  if (body.type === 'CreateAssembly') return creation(body)
  const { field, value } = assemblyGiven(body)
  const found = await (field === 'assemblyId' ? lookup.byId(value) : lookup.byName(value))
  if (!found) throw await withoutAssembly(lookup)(field, value)
  return { intent: intentOf(body, found.name, found.root.topology), rootName: found.root.name }
}

/**
 * The intent that a body meant when this process was ordered; `undefined` if it is about something else. The assembly
 * may be gone by now, so the process's own memory answers, not the topology of today.
 */
export const intentAsOrdered = (
  body: IntentBody,
  ordered: { readonly assembly: { readonly id: string; readonly name: string }; readonly previous: Topology | null },
): Intent | undefined => {
  if (body.type === 'CreateAssembly') return creation(body).intent
  const { field, value } = assemblyGiven(body)
  if (value !== (field === 'assemblyId' ? ordered.assembly.id : ordered.assembly.name)) return undefined
  try {
    const topology = ordered.previous ?? { root: rootNameOf(ordered.assembly.name), instances: {}, relationships: {} }
    return intentOf(body, ordered.assembly.name, topology)
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}
