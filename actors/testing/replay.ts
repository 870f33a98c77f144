/**
 * Each entity three times: as it is in the node's memory, as its whole history makes it, and as its snapshot and the
 * events after that do; each as the bytes that a snapshot of it would have.
 */
import { encodeSnapshot, foldStored } from '../../runtime/stored.ts'
import type { StoredEntity } from '../../runtime/ports.ts'
import type { AnyEntityDefinition } from '../../runtime/entity.ts'
import { refText } from '../../runtime/entity.ts'
import type { RecordedSystem } from './recorded-system.ts'

export interface ReplayedEntity {
  readonly kind: string
  readonly address: string
  readonly events: number
  /** Number of the event that the newest snapshot was taken after; 0: there is none. */
  readonly snapshotVersion: number
  readonly live: Uint8Array
  readonly fromEvents: Uint8Array
  readonly fromSnapshot: Uint8Array
}

/** @throws if the history of an entity was trimmed, or one that lives isn't stored */
export const replayedEntities = ({ server, definitions, live }: RecordedSystem): readonly ReplayedEntity[] => {
  const missing = new Set(live.keys())
  const found: ReplayedEntity[] = []
  for (const shard of server.shards.values())
    for (const [key, { kind, id, version, events, eventsFrom }] of shard.entities) {
      const address = refText({ kind, id })
      const definition = definitions.get(kind)
      const stored = shard.load(key)
      if (!definition || !stored || !live.has(address)) throw new Error(`${address} is stored, and nobody knows it`)
      if (eventsFrom !== 1) throw new Error(`the first events of ${address} are gone`)
      missing.delete(address)
      found.push({
        kind,
        address,
        events: version,
        snapshotVersion: stored.snapshot?.version ?? 0,
        live: encodeSnapshot(definition, live.get(address)),
        fromEvents: folded(definition, {
          kind,
          id,
          version,
          events: events.slice(0, version),
          timers: [],
          fields: null,
        }),
        fromSnapshot: folded(definition, stored),
      })
    }
  if (missing.size > 0) throw new Error(`not stored: ${[...missing].join(', ')}`)
  return found
}

const folded = (definition: AnyEntityDefinition, stored: StoredEntity): Uint8Array =>
  encodeSnapshot(definition, foldStored(definition, stored))
