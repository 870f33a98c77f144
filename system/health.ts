/** What a node's health page says of its parts. */
import type { HealthPart } from '../gateway/parts.ts'
import type { Node } from '../runtime/node.ts'
import type { DriverRole } from './drivers.ts'
import type { Role } from './settings.ts'

export interface HealthFacts {
  readonly node: Node
  /** Of the whole system. */
  readonly shards: number
  readonly roles: readonly Role[]
  readonly isDraining: boolean
  /** The only node of its system. */
  readonly isAlone: boolean
  readonly drivers?: DriverRole
}

/**
 * Ready means that it can do its part now. A worker without shards is ready: it is a spare, and gets some when another
 * node goes.
 */
export const healthOf = ({ node, shards, roles, isDraining, isAlone, drivers }: HealthFacts): readonly HealthPart[] => {
  const restarting = node.workers.filter(({ state }) => state !== 'running').length
  return [
    ...(isDraining ? [{ name: 'drain', ok: false, note: 'this node was told to end and takes nothing new' }] : []),
    ...(roles.includes('worker')
      ? [
          {
            name: 'shards',
            ok: node.isReady,
            note: `${node.shards.length} of ${shards} here; ${restarting} restarting`,
          },
        ]
      : []),
    ...(drivers
      ? [
          {
            name: 'driver-worker',
            // Alone in its group it has all partitions; without any, no request would reach a driver.
            ok: !isAlone || drivers.worker.stats().partitions.length > 0,
            note:
              `${drivers.worker.stats().inFlight} requests in flight, ${drivers.worker.stats().partitions.length} partitions; ` +
              `drivers: ${drivers.types.join(', ') || 'none'}`,
          },
        ]
      : []),
  ]
}
