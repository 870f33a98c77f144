/** Where entities and keys live, given the kinds that run here and the number of shards. */
import type { AnyEntityDefinition, EntityRef } from './entity.ts'
import { placementOfText, shardOfPlacement } from './placement.ts'
import { SHARD_CONTROL_KIND } from './shard-control.ts'

export interface Placement {
  placementOf(ref: EntityRef): number
  shardOf(ref: EntityRef): number
  /** Which partition of another topic a key goes to. */
  partitionOf(topic: string, key: string): number
}

export const placementOf = (
  definitions: ReadonlyMap<string, AnyEntityDefinition>,
  shards: number,
  partitions: ReadonlyMap<string, number>,
): Placement => {
  const ofRef = (ref: EntityRef): number => {
    if (ref.kind === SHARD_CONTROL_KIND) return Number(ref.id)
    return definitions.get(ref.kind)?.placement?.(ref.id) ?? placementOfText(ref.id)
  }
  return {
    placementOf: ofRef,
    shardOf: (ref) => shardOfPlacement(ofRef(ref), shards),
    partitionOf: (topic, key) => shardOfPlacement(placementOfText(key), partitions.get(topic) ?? 1),
  }
}
