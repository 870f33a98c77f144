/** All kinds of entities that run in this system. */
import type { AnyEntityDefinition } from '../runtime/entity.ts'
import { alarmEntity } from './alarm/entity.ts'
import { assemblyEntity } from './assembly/entity.ts'
import { type ActorsConfig, DEFAULT_ACTORS_CONFIG } from './config.ts'
import { controlLoopDefinitionEntity } from './control-loop-definition/entity.ts'
import { controlLoopEntity } from './control-loop/entity.ts'
import { deploymentLocationEntity } from './deployment-location/entity.ts'
import { descriptorEntity } from './descriptor/entity.ts'
import { driverRequestEntity } from './driver-request/entity.ts'
import { unmatchedEntity } from './driver-request/unmatched.ts'
import { elementStatisticsEntity } from './element-statistics/entity.ts'
import { healPolicyEntity } from './heal-policy/entity.ts'
import { participantTypeEntity } from './participant-type/entity.ts'
import { participantEntity } from './participant/entity.ts'
import { processEntity } from './process/entity.ts'
import { resourceManagerEntity } from './resource-manager/entity.ts'
import { resourceEntity } from './resource/entity.ts'
import { scalePolicyEntity } from './scale-policy/entity.ts'
import { serviceInstanceEntity } from './service-instance/entity.ts'
import { serviceTemplateEntity } from './service-template/entity.ts'
import { serviceEntity } from './service/entity.ts'

export const createDefinitions = (overrides: Partial<ActorsConfig> = {}): readonly AnyEntityDefinition[] => {
  const config: ActorsConfig = { ...DEFAULT_ACTORS_CONFIG, ...overrides }
  return [
    assemblyEntity(config),
    resourceEntity(config),
    processEntity(config),
    healPolicyEntity(config),
    scalePolicyEntity(config),
    descriptorEntity(config),
    deploymentLocationEntity(),
    resourceManagerEntity(),
    driverRequestEntity(),
    unmatchedEntity(),
    serviceEntity(),
    serviceInstanceEntity(config),
    serviceTemplateEntity(config),
    controlLoopDefinitionEntity(config),
    controlLoopEntity(config),
    elementStatisticsEntity(config),
    participantEntity(config),
    participantTypeEntity(config),
    alarmEntity(config),
  ]
}
