/** What each role of a node says of itself in the service registry. */
import type { RunningGateway } from '../gateway/server.ts'
import type { Node } from '../runtime/node.ts'
import type { DriverRole } from './drivers.ts'
import type { Role as RegisteredRole } from './registered-role.ts'
import type { ApplyConfiguration } from './service-configuration.ts'
import type { Role } from './settings.ts'

export interface RoleFacts {
  readonly roles: readonly Role[]
  readonly node: Node
  readonly gateway: Pick<RunningGateway, 'url' | 'requests'>
  readonly drivers?: DriverRole
  /** Participants of control loops that run here. */
  readonly participants: readonly string[]
  readonly apply: { readonly gateway: ApplyConfiguration; readonly driver: ApplyConfiguration }
}

const NO_LOAD = { isReady: true, shards: [], entitiesInMemory: 0, messagesTotal: 0, inFlight: 0 }

export const registeredRoles = ({
  roles,
  node,
  gateway,
  drivers,
  participants,
  apply,
}: RoleFacts): readonly RegisteredRole[] =>
  roles.map((role): RegisteredRole => {
    const describe = () => ({ url: gateway.url })
    switch (role) {
      case 'gateway':
        return {
          service: role,
          describe,
          load: () => ({
            ...NO_LOAD,
            messagesTotal: gateway.requests().total,
            inFlight: gateway.requests().inFlight,
          }),
          apply: apply.gateway,
        }
      case 'worker':
        return {
          service: role,
          describe,
          load: () => ({
            isReady: node.isReady,
            shards: node.shards,
            entitiesInMemory: node.residents,
            messagesTotal: node.metrics.messagesHandled.value,
            inFlight: node.outboxPending,
          }),
        }
      case 'driver':
        return {
          service: role,
          describe: () => ({ url: gateway.url, runs: { drivers: drivers?.types ?? [] } }),
          load: () => {
            const stats = drivers?.worker.stats()
            return { ...NO_LOAD, messagesTotal: stats?.taken ?? 0, inFlight: stats?.inFlight ?? 0 }
          },
          apply: apply.driver,
        }
      case 'participant':
        return { service: role, describe: () => ({ url: gateway.url, runs: { participants } }), load: () => NO_LOAD }
    }
  })
