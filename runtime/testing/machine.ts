/** Nodes over one log and one store in memory, in real time, for tests of what nodes do. */
import type { RuntimeConfig } from '../config.ts'
import type { AnyEntityDefinition, EntityRef } from '../entity.ts'
import { Node, type NodeOptions } from '../node.ts'
import type { Store } from '../ports.ts'
import { localReplies, type ReplyTransport } from '../replies.ts'
import { systemClock } from '../system-clock.ts'
import { MemoryBroker } from '../transport/memory-log.ts'
import { counterOf } from './counter.ts'
import { seeded } from './manual-clock.ts'
import { until } from './until.ts'

export const counter = (id: string): EntityRef => ({ kind: 'counter', id })

/** The store server is passed in, since the runtime imports none. */
export interface MachineParts<Server extends { client(): Store }> {
  readonly makeStoreServer: (options: { clock: typeof systemClock; random: () => number }) => Server
  readonly config?: Partial<RuntimeConfig>
  /** Default: within this process. */
  readonly replies?: ReplyTransport
  readonly definitions?: readonly AnyEntityDefinition[]
}

export const machineOf = <Server extends { client(): Store }>(parts: MachineParts<Server>) => {
  const random = seeded(1)
  const broker = new MemoryBroker({ clock: systemClock, random })
  const server = parts.makeStoreServer({ clock: systemClock, random })
  const replies = parts.replies ?? localReplies()
  const nodes: Node[] = []
  let starts = 0
  const make = (options: Partial<NodeOptions> = {}): Node =>
    new Node({
      incarnation: `n${++starts}`,
      clock: systemClock,
      log: broker.client(),
      store: server.client(),
      replies,
      definitions: parts.definitions ?? [counterOf('counter')],
      topics: { outside: 2 },
      ...options,
      config: { shards: 4, localThroughCodec: true, cursorFlushMs: 5, ...parts.config, ...options.config },
    })
  return {
    broker,
    server,
    make,
    /** A node that serves all that it is assigned. */
    start: async (options: Partial<NodeOptions> = {}): Promise<Node> => {
      const node = make(options)
      nodes.push(node)
      await node.start()
      await until(() => node.isReady)
      return node
    },
    stop: () => Promise.all(nodes.map((node) => node.stop())),
  }
}
