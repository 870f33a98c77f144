/** How a deployment location is run. */
import { defineEntity } from '../../runtime/entity.ts'
import { DEPLOYMENT_LOCATION } from '../addresses.ts'
import { isoTime } from '../live.ts'
import { decide, evolve, initial, react } from './machine.ts'
import { command, event, state } from './protocol.ts'

export const deploymentLocationEntity = () =>
  defineEntity({
    kind: DEPLOYMENT_LOCATION,
    version: 1,
    command,
    event,
    state,
    initial,
    decide,
    evolve,
    react,
    fields: ({ name, location, lastModifiedAtMs }) =>
      location && {
        name,
        resourceManager: location.resourceManager,
        infrastructureType: location.infrastructureType,
        description: location.description,
        lastModifiedAt: isoTime(lastModifiedAtMs),
      },
  })
