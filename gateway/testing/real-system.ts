/**
 * The real runtime with the real entities, and a driver that does at once whatever is asked. On ports in memory, unless
 * a file has said what else it stands on (`standOn`).
 */
import type { ActorsConfig } from '../../actors/config.ts'
import { LIVE_PARTITIONS, LIVE_TOPIC } from '../../actors/live.ts'
import { createDefinitions } from '../../actors/definitions.ts'
import { PARTICIPANT_RETURNS_PARTITIONS, PARTICIPANT_RETURNS_TOPIC } from '../../actors/participant/returns.ts'
import { SERVICE_CHANGES_PARTITIONS, SERVICE_CHANGES_TOPIC } from '../../actors/service/changes.ts'
import { resourceRef } from '../../actors/addresses.ts'
import { driverReportMessage } from '../../actors/resource/protocol.ts'
import { DRIVER_REQUESTS_TOPIC, driverRequest } from '../../drivers/protocol.ts'
import { PARTICIPANT_TOPIC } from '../../participants/protocol/generation.ts'
import { MemoryStoreServer } from '../../persistence/memory-store.ts'
import { Node } from '../../runtime/node.ts'
import type { Log, Store } from '../../runtime/ports.ts'
import { decodePublished } from '../../runtime/published.ts'
import { localReplies, type ReplyTransport } from '../../runtime/replies.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { seeded } from '../../runtime/testing/manual-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'
import { readGatewayConfig, type GatewayConfig } from '../config.ts'
import type { GatewayParts } from '../parts.ts'

export interface Connected {
  readonly log: Log
  readonly store: Store
  readonly replies: ReplyTransport
  close(): Promise<void>
}

/** A log and a store that survive their nodes. */
export interface Ground {
  readonly nodes: number
  readonly connect: (incarnation: string) => Promise<Connected>
}

export interface RealSystem {
  /** Of the first node. */
  readonly parts: GatewayParts
  /** Of each node. */
  readonly allParts: readonly GatewayParts[]
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

const inMemory = (): Ground => {
  const random = seeded(1)
  const broker = new MemoryBroker({ clock, random })
  const server = new MemoryStoreServer({ clock, random })
  const connect = (): Promise<Connected> => {
    const log = broker.client()
    return Promise.resolve({ log, store: server.client(), replies: localReplies(), close: () => log.close() })
  }
  return { nodes: 1, connect }
}

let newGround: () => Ground = inMemory

/** What systems that are started from here on stand on. */
export const standOn = (ground: () => Ground): void => {
  newGround = ground
}

export const realSystem = async (
  config: Partial<GatewayConfig> = {},
  options: Partial<RealSystemOptions> = {},
): Promise<RealSystem> => start({ ground: newGround(), config, options }, 1)

interface Setting {
  readonly ground: Ground
  readonly config: Partial<GatewayConfig>
  readonly options: Partial<RealSystemOptions>
}

interface Started {
  readonly node: Node
  readonly log: Log
  readonly close: () => Promise<void>
}

const startNode = async ({ ground, options }: Setting, incarnation: string): Promise<Started> => {
  const { openLog, actors, topics } = options
  const found = await ground.connect(incarnation)
  const log = openLog ? await openLog() : found.log
  const close = async (): Promise<void> => {
    if (log !== found.log) await log.close()
    await found.close()
  }
  const { store, replies } = found
  const node = new Node({
    incarnation,
    clock,
    log,
    store,
    replies,
    definitions: createDefinitions({ requestTimeoutMs: 60_000, ...actors }),
    topics: {
      [DRIVER_REQUESTS_TOPIC]: 1,
      [LIVE_TOPIC]: LIVE_PARTITIONS,
      [SERVICE_CHANGES_TOPIC]: SERVICE_CHANGES_PARTITIONS,
      [PARTICIPANT_TOPIC]: 1,
      [PARTICIPANT_RETURNS_TOPIC]: PARTICIPANT_RETURNS_PARTITIONS,
      ...topics,
    },
    config: { shards: 4, localThroughCodec: true, cursorFlushMs: 5 },
  })
  await node.start()
  return { node, log, close }
}

const start = async (setting: Setting, times: number): Promise<RealSystem> => {
  const { ground, config } = setting
  const all = await Promise.all(
    Array.from({ length: ground.nodes }, (_, index) => startNode(setting, `n${times}-${index}`)),
  )
  await until(() => all.every(({ node }) => node.isReady), 30_000)
  const allParts = all.map(({ node, log }): GatewayParts => ({
    client: node,
    queries: node.queries,
    deadLetters: node,
    log,
    clock,
    config: { ...readGatewayConfig({}), ...config },
    metrics: () => node.samples(),
  }))
  const [first] = all
  const [parts] = allParts
  if (!first || !parts) throw new Error('a system without nodes')
  const requests = first.log.read(DRIVER_REQUESTS_TOPIC, 0, 0)
  const system: RealSystem = {
    parts,
    allParts,
    holdDrivers: false,
    restart: async () => {
      await system.stop()
      return start(setting, times + 1)
    },
    stop: async () => {
      requests.close()
      await Promise.all(all.map(({ node }) => node.stop()))
      for (const { close } of all) await close()
    },
  }
  const work = async (): Promise<void> => {
    for (let records = await requests.next(100); records.length > 0; records = await requests.next(100)) {
      for (const record of records) {
        const { requestId, resourceId } = driverRequest.parse(decodePublished(record.value).message)
        if (system.holdDrivers) continue
        const report = { requestId, resourceId, status: 'COMPLETE' as const, outputs: {}, associatedTopology: {} }
        await first.node.tell(resourceRef(resourceId), driverReportMessage(report), { sender: 'driver' })
      }
    }
  }
  void work().catch(() => undefined)
  return system
}
