/** In which protocol version the system writes, who reads which, and what follows from that: pure. */
import { z } from 'zod'
import type { Leftovers } from '../parts.ts'
import type { NodeView } from '../services/node-view.ts'

const version = z.number().int()

export const protocolView = z
  .object({
    system: version.meta({ description: 'the version in which every node writes' }),
    oldest: version.meta({ description: 'that the node that answers speaks' }),
    newest: version.meta({ description: 'that the node that answers speaks' }),
    nodes: z
      .array(z.object({ node: z.string(), protocols: z.array(version) }))
      .meta({ description: 'the registered nodes that run, and the versions that each reads' }),
    canRaiseTo: version.optional().meta({ description: 'the newest version that all of them read, if it is newer' }),
    whyNot: z.string().optional().meta({ description: 'what is in the way of a newer one' }),
  })
  .meta({ id: 'Protocol' })
export type ProtocolView = z.infer<typeof protocolView>

export const newProtocol = z
  .strictObject({
    version: version.min(1),
    expected: version.optional().meta({ description: 'refused (409) unless the system writes in this version now' }),
    force: z
      .boolean()
      .optional()
      .meta({ description: 'also where running nodes don’t read it: they leave their shards to those that do' }),
  })
  .meta({ id: 'NewProtocol' })

export const leftoversView = z
  .object({
    system: version.meta({ description: 'the version in which every node writes' }),
    clean: z
      .boolean()
      .meta({ description: 'nothing newer was found: nodes that read no newer version can serve alone' }),
    outbox: z.number().int().meta({ description: 'newer messages that are stored and not yet sent' }),
    silentShards: z
      .array(z.number().int())
      .meta({ description: 'shards that didn’t say in time that they have handled what was sent to them before' }),
    deadLetters: z.number().int().meta({ description: 'newer messages among the latest dead letters' }),
    kinds: z.array(z.string()).meta({
      description: 'kinds of entities that may still be stored in a newer shape: those to whom nobody has spoken since',
    }),
    advice: z.string(),
  })
  .meta({ id: 'ProtocolLeftovers' })

export interface Spoken {
  readonly system: number
  readonly oldest: number
  readonly newest: number
}

/**
 * Those that run. One that is silent may come back: then it sees the system's version before it does anything, and leaves
 * its shards to others if it can't read that.
 */
export const liveNodes = (nodes: readonly NodeView[]): ProtocolView['nodes'] =>
  nodes
    .filter(({ roles }) => roles.some(({ state }) => state === 'Ready' || state === 'NotReady'))
    .map(({ node, protocols }) => ({ node, protocols }))

export const notReading = (live: ProtocolView['nodes'], wanted: number): ProtocolView['nodes'] =>
  live.filter(({ protocols }) => !protocols.includes(wanted))

/** `node-1 (reads 1), node-2 (reads 1)` */
export const readersText = (nodes: ProtocolView['nodes']): string =>
  nodes.map(({ node, protocols }) => `${node} (reads ${protocols.join(', ')})`).join(', ')

export const viewProtocol = (spoken: Spoken, live: ProtocolView['nodes']): ProtocolView => {
  const { system, newest } = spoken
  const newer = Array.from({ length: Math.max(0, newest - system) }, (_, index) => newest - index)
  const canRaiseTo = newer.find((wanted) => notReading(live, wanted).length === 0)
  const whyNot =
    newest <= system
      ? 'the node that answers knows no newer version'
      : canRaiseTo === undefined
        ? `protocol ${system + 1} is not read by ${readersText(notReading(live, system + 1))}`
        : undefined
  return {
    ...spoken,
    nodes: live,
    ...(canRaiseTo === undefined ? {} : { canRaiseTo }),
    ...(whyNot === undefined ? {} : { whyNot }),
  }
}

export const viewLeftovers = (found: Leftovers): z.infer<typeof leftoversView> => {
  const { outbox, silentShards, deadLetters, kinds, system } = found
  const advice = [
    ...(outbox > 0 || silentShards.length > 0
      ? ['newer messages may be on their way: keep the newer nodes, and ask again']
      : []),
    ...(deadLetters > 0 ? ['replay or discard the newer dead letters while newer nodes are here'] : []),
    ...(kinds.length > 0
      ? [
          `keep a newer node for entities of ${kinds.join(', ')} that nobody has spoken to since: others leave them to it`,
        ]
      : []),
  ]
  const clean = advice.length === 0
  return {
    ...found,
    silentShards: [...silentShards],
    kinds: [...kinds],
    clean,
    advice: clean ? `nodes that read no newer version than ${system} can serve alone` : advice.join('; '),
  }
}
