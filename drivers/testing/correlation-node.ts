/**
 * The real runtime, on ports in memory, with the entity that brings answers and completion events of external drivers
 * together, and resources that only note what they are told.
 */
import { z } from 'zod'
import { driverRequestEntity } from '../../actors/driver-request/entity.ts'
import { unmatchedEntity } from '../../actors/driver-request/unmatched.ts'
import { MemoryStoreServer } from '../../persistence/memory-store.ts'
import { defineEntity } from '../../runtime/entity.ts'
import { Node } from '../../runtime/node.ts'
import { localReplies } from '../../runtime/replies.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { seeded } from '../../runtime/testing/manual-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'
import { driverReport, type DriverReport } from '../protocol.ts'

export interface CorrelationNode {
  readonly node: Node
  /** What resources were told, in order, each message once. */
  readonly reports: DriverReport[]
  /** The order that each of the reports names, in the same order. */
  readonly traces: string[]
  stop(): Promise<void>
}

export const correlationNode = async (unclaimedKeptMs = 600_000): Promise<CorrelationNode> => {
  const clock = systemClock
  const random = seeded(1)
  const reports: DriverReport[] = []
  const traces: string[] = []
  const heard = new Set<string>()
  const none = z.object({})
  const resource = defineEntity({
    kind: 'resource',
    version: 1,
    command: z.object({ type: z.literal('driver-reported'), report: driverReport }),
    event: z.object({ type: z.literal('none') }),
    state: none,
    initial: () => ({}),
    decide: (_state, { report }, { messageId, trace }) => {
      if (!heard.has(messageId)) {
        heard.add(messageId)
        reports.push(report)
        traces.push(trace)
      }
      return { events: [] }
    },
    evolve: (state) => state,
    react: () => [],
  })
  const node = new Node({
    incarnation: 'n1',
    clock,
    log: new MemoryBroker({ clock, random }).client(),
    store: new MemoryStoreServer({ clock, random }).client(),
    replies: localReplies(),
    definitions: [driverRequestEntity({ unclaimedKeptMs, keptAfterDeadlineMs: 60_000 }), unmatchedEntity(), resource],
    topics: {},
    config: { shards: 4, localThroughCodec: true, cursorFlushMs: 5 },
  })
  await node.start()
  await until(() => node.isReady)
  return { node, reports, traces, stop: () => node.stop() }
}
