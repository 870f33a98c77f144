/**
 * Where the entities live. All that belongs to one root assembly (its nested assemblies, resources, processes and
 * policies) has the placement of the root's name, so that what they say to each other is part of one commit.
 */
import type { EntityRef } from '../runtime/entity.ts'
import { type Concept, conceptText } from '../participants/protocol/concept.ts'
import { placementOfId, placementOfText } from '../runtime/placement.ts'

export const ASSEMBLY = 'assembly'
export const RESOURCE = 'resource'
export const PROCESS = 'process'
export const HEAL_POLICY = 'heal-policy'
export const SCALE_POLICY = 'scale-policy'
export const DESCRIPTOR = 'descriptor'
export const DEPLOYMENT_LOCATION = 'deployment-location'
export const RESOURCE_MANAGER = 'resource-manager'
export const SERVICE = 'service'
export const SERVICE_INSTANCE = 'service-instance'
export const SERVICE_TEMPLATE = 'service-template'
export const CONTROL_LOOP_DEFINITION = 'control-loop-definition'
export const CONTROL_LOOP = 'control-loop'
export const ELEMENT_STATISTICS = 'element-statistics'
export const PARTICIPANT = 'participant'
export const PARTICIPANT_TYPE = 'participant-type'
export const ALARM = 'alarm'

/** Parts of an instance name: `asm__B__1`. Therefore no name may contain it. */
export const PATH_SEPARATOR = '__'
/** Between an assembly instance's name and a policy's name. */
const POLICY_SEPARATOR = '~'

/** The root's name: what comes before the first `__` or `~`. */
export const rootNameOf = (name: string): string => /^(.*?)(?:__|~|$)/s.exec(name)?.[1] ?? name

/** Of an instance name or a scale policy's id. New process ids for a root are made with this placement. */
export const placementOfName = (name: string): number => placementOfText(rootNameOf(name))

export { placementOfId }

/** `name`: of the assembly instance, root (`asm`) or nested (`asm__A`). */
export const assemblyRef = (name: string): EntityRef => ({ kind: ASSEMBLY, id: name })
export const resourceRef = (id: string): EntityRef => ({ kind: RESOURCE, id })
export const processRef = (id: string): EntityRef => ({ kind: PROCESS, id })
/** A resource's heal policies are one entity, which has the resource's id. */
export const healPolicyRef = (resourceId: string): EntityRef => ({ kind: HEAL_POLICY, id: resourceId })
export const scalePolicyId = (assemblyName: string, policy: string): string =>
  `${assemblyName}${POLICY_SEPARATOR}${policy}`
export const scalePolicyRef = (id: string): EntityRef => ({ kind: SCALE_POLICY, id })
export const descriptorRef = (name: string): EntityRef => ({ kind: DESCRIPTOR, id: name })
export const deploymentLocationRef = (name: string): EntityRef => ({ kind: DEPLOYMENT_LOCATION, id: name })
export const resourceManagerRef = (name: string): EntityRef => ({ kind: RESOURCE_MANAGER, id: name })

/** A service is a role that nodes run; its name is kebab-case. */
export const serviceRef = (name: string): EntityRef => ({ kind: SERVICE, id: name })
/** One role of one node. */
export const serviceInstanceRef = (service: string, node: string): EntityRef => ({
  kind: SERVICE_INSTANCE,
  id: `${service}@${node}`,
})
export const serviceInstanceParts = (id: string): { readonly service: string; readonly node: string } => {
  const at = id.indexOf('@')
  return at < 0 ? { service: id, node: '' } : { service: id.slice(0, at), node: id.slice(at + 1) }
}

// All of these have `<name>:<version>` as their id.
/** What was commissioned: a TOSCA service template. */
export const serviceTemplateRef = (template: Concept): EntityRef => ({
  kind: SERVICE_TEMPLATE,
  id: conceptText(template),
})
/** A type of loop in it. */
export const definitionRef = (definition: Concept): EntityRef => ({
  kind: CONTROL_LOOP_DEFINITION,
  id: conceptText(definition),
})
export const controlLoopRef = (loop: Concept): EntityRef => ({ kind: CONTROL_LOOP, id: conceptText(loop) })
/** What the elements of a loop tell of themselves; lives with the loop. */
export const elementStatisticsRef = (loop: Concept): EntityRef => ({ kind: ELEMENT_STATISTICS, id: conceptText(loop) })
export const participantRef = (participant: Concept): EntityRef => ({ kind: PARTICIPANT, id: conceptText(participant) })
/** Where participants of a type and the definitions that need it meet. */
export const participantTypeRef = (type: Concept): EntityRef => ({ kind: PARTICIPANT_TYPE, id: conceptText(type) })
/** Ids are made by the entity that raises the alarm, so it lives there. */
export const alarmRef = (id: string): EntityRef => ({ kind: ALARM, id })
