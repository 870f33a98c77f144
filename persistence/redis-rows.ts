/** Rows as Redis holds them: opaque to the scripts, but for what is told in `redis-shared.lua`. */
import type { DeadLetterRow, EntityFields, Mark, OutboxRow, Position, TimerRow } from '../runtime/ports.ts'
import { orderedText } from './ordered-text.ts'
import { stringsOf } from './redis-body.ts'
import type { BodyWriter } from './redis-body.ts'
import { pack, packedText, plainBytes, unpack, unpackedText } from './redis-text.ts'

export const positionText = ([major, minor]: Position): string => `${major} ${minor}`

const BEFORE_ALL: Position = [-1, -1]

export const positionOf = (bytes: Uint8Array): Position => {
  if (bytes.length === 0) return BEFORE_ALL
  const [major, minor] = unpackedText(bytes).split(' ').map(Number)
  return [major ?? -1, minor ?? -1]
}

export const markText = ({ position, atMs }: Mark): string => `${position[0]} ${position[1]} ${atMs}`

export const markOf = (bytes: Uint8Array): Mark => {
  const [major = -1, minor = -1, atMs = 0] = unpackedText(bytes).split(' ').map(Number)
  return { position: [major, minor], atMs }
}

/** Flat: name, value, name, value …; the script reads them, too. */
export const writeFields = (body: BodyWriter, fields: EntityFields): void => {
  let count = 0
  for (const _ in fields) count++
  body.array(2 * count)
  for (const name in fields) {
    body.text(name)
    body.text(fields[name] ?? '')
  }
}

export const unpackFields = (bytes: Buffer): EntityFields => {
  const flat = stringsOf(bytes).map(orderedText)
  const entries: [string, string][] = []
  for (let index = 0; index < flat.length; index += 2) entries.push([flat[index] ?? '', flat[index + 1] ?? ''])
  return Object.fromEntries(entries)
}

export const packTimer = ({ kind, id, name, dueMs, generation, message }: TimerRow): Uint8Array =>
  pack([packedText(kind), packedText(id), packedText(name), dueMs, packedText(generation), message])

export const unpackTimer = (bytes: Uint8Array): TimerRow => {
  const [kind, id, name, dueMs, generation, message] = unpack(bytes) as unknown[]
  return {
    kind: unpackedText(kind),
    id: unpackedText(id),
    name: unpackedText(name),
    dueMs: Number(dueMs),
    generation: unpackedText(generation),
    message: plainBytes(message),
  }
}

/** Two doubles that the script compares. */
const POSITION_BYTES = 16

export const packOutbox = ({ position, topic, partition, value }: OutboxRow): Uint8Array => {
  const rest = pack([packedText(topic), partition, value])
  const bytes = Buffer.allocUnsafe(POSITION_BYTES + rest.length)
  bytes.writeDoubleBE(position[0], 0)
  bytes.writeDoubleBE(position[1], 8)
  bytes.set(rest, POSITION_BYTES)
  return bytes
}

export const unpackOutbox = (bytes: Buffer): OutboxRow => {
  const [topic, partition, value] = unpack(bytes.subarray(POSITION_BYTES)) as unknown[]
  return {
    position: [bytes.readDoubleBE(0), bytes.readDoubleBE(8)],
    topic: unpackedText(topic),
    partition: Number(partition),
    value: plainBytes(value),
  }
}

export const packDeadLetter = ({ id, shard, atMs, to, reason, error, value }: DeadLetterRow): Uint8Array =>
  pack([packedText(id), shard, atMs, packedText(to), packedText(reason), packedText(error), value])

export const unpackDeadLetter = (bytes: Uint8Array): DeadLetterRow => {
  const [id, shard, atMs, to, reason, error, value] = unpack(bytes) as unknown[]
  return {
    id: unpackedText(id),
    shard: Number(shard),
    atMs: Number(atMs),
    to: unpackedText(to),
    reason: unpackedText(reason),
    error: unpackedText(error),
    value: plainBytes(value),
  }
}
