/** What `redis-load.lua` is asked, and what it answers. */
import type { EntityFields, EntityKey, StoredEntity } from '../runtime/ports.ts'
import { BodyWriter } from './redis-body.ts'
import { KindTable } from './redis-commit.ts'
import { plainBytes } from './redis-text.ts'
import { unpackFields, unpackTimer } from './redis-rows.ts'

export const loadArgument = (keys: readonly EntityKey[]): Buffer => {
  const body = new BodyWriter()
  const kinds = new KindTable()
  body.array(2)
  body.array(2 * keys.length)
  for (const { kind, id } of keys) {
    body.number(kinds.indexOf(kind))
    body.text(id)
  }
  kinds.write(body)
  return body.finish()
}

export const loadedEntities = (
  keys: readonly EntityKey[],
  answer: readonly unknown[],
): readonly (StoredEntity | undefined)[] =>
  keys.map(({ kind, id }, index) => {
    const found = answer[index] as readonly unknown[] | null
    if (!found) return undefined
    const [version, snapshotVersion, snapshot, fields, timers, ...rows] = found as [number, number, ...unknown[]]
    const timerCount = Number(timers)
    return {
      kind,
      id,
      version,
      ...(snapshot instanceof Uint8Array && { snapshot: { version: snapshotVersion, value: plainBytes(snapshot) } }),
      events: rows.slice(timerCount).map(plainBytes),
      timers: (rows.slice(0, timerCount) as Uint8Array[]).map(unpackTimer),
      fields: Buffer.isBuffer(fields) ? unpackFields(fields) : null,
    }
  })

export const foundFields = (answer: unknown): readonly (EntityFields | null | undefined)[] =>
  (answer as readonly (Buffer | null)[]).map((found) => {
    if (!found) return undefined
    return found.length === 0 ? null : unpackFields(found)
  })
