/**
 * Which shard an entity lives in. A placement is a number from 0 to 65535, fixed for good by the entity's id; the shard
 * is that number modulo the number of shards. Two kinds that compute the same placement for ids that belong together
 * (an assembly, its resources, its processes) share a shard, so what they say to each other is part of one commit.
 */
export const PLACEMENTS = 65_536

/** FNV-1a over UTF-16 code units, folded to 16 bits. Stored data depends on it: never change it. */
export const placementOfText = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  return ((hash >>> 16) ^ hash) & 0xffff
}

/** Of an id made by `Context.newId` or `placedId`: its first four hex digits. Any other text: its hash. */
export const placementOfId = (id: string): number => {
  const head = id.slice(0, 4)
  return id.length === 36 && /^[0-9a-f]{4}$/.test(head) ? Number.parseInt(head, 16) : placementOfText(id)
}

export const placementPrefix = (placement: number): string => placement.toString(16).padStart(4, '0')

/** A UUID (version 8: its layout is our own) with the placement in front, from 128 random or hashed bits as hex. */
export const placedId = (placement: number, hex32: string): string =>
  `${placementPrefix(placement)}${hex32.slice(4, 8)}-${hex32.slice(8, 12)}-8${hex32.slice(13, 16)}-a${hex32.slice(17, 20)}-${hex32.slice(20, 32)}`

export const shardOfPlacement = (placement: number, shards: number): number => placement % shards
