/** The real runtime with the real entities on ports in memory, and a driver that does at once whatever is asked. */
import type { ActorsConfig } from '../../actors/config.ts'
import { LIVE_PARTITIONS, LIVE_TOPIC } from '../../actors/live.ts'
import { createDefinitions } from '../../actors/definitions.ts'
import { SERVICE_CHANGES_PARTITIONS, SERVICE_CHANGES_TOPIC } from '../../actors/service/changes.ts'
import { resourceRef } from '../../actors/addresses.ts'
import { driverReportMessage } from '../../actors/resource/protocol.ts'
import { DRIVER_REQUESTS_TOPIC, driverRequest } from '../../drivers/protocol.ts'
import { MemoryStoreServer } from '../../persistence/memory-store.ts'
import { Node } from '../../runtime/node.ts'
import type { Log } from '../../runtime/ports.ts'
import { decodePublished } from '../../runtime/published.ts'
import { localReplies } from '../../runtime/replies.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { seeded } from '../../runtime/testing/manual-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'
import { readGatewayConfig, type GatewayConfig } from '../config.ts'
import type { GatewayParts } from '../parts.ts'

export interface RealSystem {
  readonly parts: GatewayParts
  /** While true, the driver keeps what it is asked for to itself. */
  holdDrivers: boolean
  /** A new node over the same log and store, as after a crash or restart. */
  restart(): Promise<RealSystem>
  stop(): Promise<void>
}

const clock = systemClock

export interface RealSystemOptions {
  /** Instead of a log in memory; called for each node. */
  readonly openLog: () => Promise<Log>
  readonly actors: Partial<ActorsConfig>
  /** Beside those of the system itself. */
  readonly topics: Readonly<Record<string, number>>
}

export const realSystem = async (
  config: Partial<GatewayConfig> = {},
  options: Partial<RealSystemOptions> = {},
): Promise<RealSystem> => {
  const random = seeded(1)
  const broker = new MemoryBroker({ clock, random })
  const all = { openLog: async () => broker.client(), actors: {}, topics: {}, ...options }
  return start(all, new MemoryStoreServer({ clock, random }), 1, config)
}

const start = async (
  options: RealSystemOptions,
  server: MemoryStoreServer,
  incarnation: number,
  config: Partial<GatewayConfig>,
): Promise<RealSystem> => {
  const log = await options.openLog()
  const node = new Node({
    incarnation: `n${incarnation}`,
    clock,
    log,
    store: server.client(),
    replies: localReplies(),
    definitions: createDefinitions({ requestTimeoutMs: 60_000, ...options.actors }),
    topics: {
      [DRIVER_REQUESTS_TOPIC]: 1,
      [LIVE_TOPIC]: LIVE_PARTITIONS,
      [SERVICE_CHANGES_TOPIC]: SERVICE_CHANGES_PARTITIONS,
      ...options.topics,
    },
    config: { shards: 4, localThroughCodec: true, cursorFlushMs: 5 },
  })
  await node.start()
  await until(() => node.isReady)
  const requests = log.read(DRIVER_REQUESTS_TOPIC, 0, 0)
  const system: RealSystem = {
    parts: {
      client: node,
      queries: node.queries,
      deadLetters: node,
      log,
      clock,
      config: { ...readGatewayConfig({}), ...config },
      metrics: () => node.samples(),
    },
    holdDrivers: false,
    restart: async () => {
      await system.stop()
      return start(options, server, incarnation + 1, config)
    },
    stop: async () => {
      requests.close()
      await node.stop()
      await log.close()
    },
  }
  const work = async (): Promise<void> => {
    for (let records = await requests.next(100); records.length > 0; records = await requests.next(100)) {
      for (const record of records) {
        const { requestId, resourceId } = driverRequest.parse(decodePublished(record.value).message)
        if (system.holdDrivers) continue
        const report = { requestId, resourceId, status: 'COMPLETE' as const, outputs: {}, associatedTopology: {} }
        await node.tell(resourceRef(resourceId), driverReportMessage(report), { sender: 'driver' })
      }
    }
  }
  void work().catch(() => undefined)
  return system
}
