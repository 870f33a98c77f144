/** A commit as the one argument that `redis-commit.lua` takes, after everything in it was checked. */
import { RuntimeFault } from '../runtime/fault.ts'
import type { EntityWrite, Position, ShardCommit } from '../runtime/ports.ts'
import { BodyWriter } from './redis-body.ts'
import { markText, packDeadLetter, packOutbox, packTimer, positionText, writeFields } from './redis-rows.ts'

/** Redis takes no more than 512 MB in one piece, and everybody waits while it reads one: refused with `limit-exceeded`. */
const COMMIT_BYTES_MAX = 64 * 1024 * 1024

const FORGET = -1

const refuse = (shard: number, what: string): never => {
  throw new RuntimeFault('limit-exceeded', `a commit that can’t be stored: ${what}`, { address: `shard ${shard}` })
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

const isPosition = ([major, minor]: Position): boolean => Number.isSafeInteger(major) && Number.isSafeInteger(minor)

const isBytes = (value: unknown): boolean => value instanceof Uint8Array

const isKind = (kind: string): boolean => kind !== '' && !kind.includes('\0')

/** What is wrong with it; empty: nothing. */
const entityProblem = (write: EntityWrite): string => {
  const { kind, version, events, snapshot, trimEventsTo, fields } = write
  if (!isKind(kind)) return 'a kind is text without NUL'
  if (write.forget === true) return ''
  if (!isCount(version)) return `version ${version}`
  if (events.length > version) return `${events.length} events end at version ${version}`
  if (trimEventsTo !== undefined && !Number.isSafeInteger(trimEventsTo)) return `trimEventsTo ${trimEventsTo}`
  if (!events.every(isBytes) || (snapshot !== undefined && !isBytes(snapshot))) return 'events and snapshots are bytes'
  for (const name in fields) if (typeof fields[name] !== 'string') return `field ${name} isn’t text`
  return ''
}

/** Redis doesn't take back what a script has written before it fails, so nothing that could make it fail gets there. */
const check = (commit: ShardCommit): void => {
  const { shard, expectedOffset, nextOffset, published, sentToSelf } = commit
  if (!isCount(shard)) refuse(shard, 'no such shard')
  if (!isCount(expectedOffset) || !isCount(nextOffset)) refuse(shard, `offsets ${expectedOffset} and ${nextOffset}`)
  for (const write of commit.entities) {
    const problem = entityProblem(write)
    if (problem !== '') refuse(shard, `${write.kind}/${write.id}: ${problem}`)
  }
  for (const { origin, mark } of commit.marks)
    if (!isPosition(mark.position) || !Number.isFinite(mark.atMs)) refuse(shard, `mark of ${origin}`)
  for (const { kind, id, name, dueMs, message } of commit.setTimers)
    if (!Number.isFinite(dueMs) || !isBytes(message) || !isKind(kind)) refuse(shard, `timer ${name} of ${kind}/${id}`)
  for (const { kind, id, name } of commit.cancelTimers)
    if (!isKind(kind)) refuse(shard, `timer ${name} of ${kind}/${id}`)
  for (const { position, topic, partition, value } of commit.outbox)
    if (!isPosition(position) || !isCount(partition) || !isBytes(value)) refuse(shard, `message to ${topic}`)
  if (published && !isPosition(published)) refuse(shard, 'published')
  if (sentToSelf && !isPosition(sentToSelf)) refuse(shard, 'sentToSelf')
  for (const { id, atMs, value } of commit.deadLetters)
    if (!Number.isFinite(atMs) || !isBytes(value)) refuse(shard, `dead letter ${id}`)
}

/** Kinds by the index (from 1, as Lua counts) under which the rest of a body names them. */
export class KindTable {
  readonly #indexes = new Map<string, number>()

  indexOf(kind: string): number {
    let index = this.#indexes.get(kind)
    if (index === undefined) {
      index = this.#indexes.size + 1
      this.#indexes.set(kind, index)
    }
    return index
  }

  write(body: BodyWriter): void {
    body.array(this.#indexes.size)
    for (const kind of this.#indexes.keys()) body.text(kind)
  }
}

const writeEntity = (body: BodyWriter, kinds: KindTable, write: EntityWrite): void => {
  const { events, snapshot, fields } = write
  const [event] = events
  body.number(kinds.indexOf(write.kind))
  body.text(write.id)
  body.number(write.forget === true ? FORGET : write.version)
  if (event === undefined) body.flag(false)
  else if (events.length === 1) body.bytes(event)
  else {
    body.array(events.length)
    for (const each of events) body.bytes(each)
  }
  if (snapshot === undefined) body.flag(false)
  else body.bytes(snapshot)
  body.number(Math.max(0, write.trimEventsTo ?? 0))
  // false: as they were; true: out of all lists.
  if (fields === undefined) body.flag(false)
  else if (fields === null) body.flag(true)
  else body.nested(() => writeFields(body, fields))
}

const writeTexts = (body: BodyWriter, texts: readonly string[]): void => {
  body.array(texts.length)
  for (const text of texts) body.text(text)
}

/**
 * The body: lists with a fixed number of values per row, so that Lua makes one table for each and not one per row.
 * @throws {RuntimeFault} `limit-exceeded`: nothing was sent
 */
export const commitBody = (commit: ShardCommit): Buffer => {
  check(commit)
  const { entities, marks, setTimers, cancelTimers, outbox, published, sentToSelf, deadLetters } = commit
  const body = new BodyWriter()
  const kinds = new KindTable()
  body.array(11)
  body.array(entities.length * 7)
  for (const write of entities) writeEntity(body, kinds, write)
  body.array(marks.length * 2)
  for (const { origin, mark } of marks) {
    body.text(origin)
    body.text(markText(mark))
  }
  writeTexts(body, commit.forgetMarks)
  body.array(setTimers.length * 5)
  for (const row of setTimers) {
    body.number(kinds.indexOf(row.kind))
    body.text(row.id)
    body.text(row.name)
    body.number(row.dueMs)
    body.bytes(packTimer(row))
  }
  body.array(cancelTimers.length * 3)
  for (const { kind, id, name } of cancelTimers) {
    body.number(kinds.indexOf(kind))
    body.text(id)
    body.text(name)
  }
  body.array(outbox.length)
  for (const row of outbox) body.bytes(packOutbox(row))
  if (published) {
    body.array(3)
    body.number(published[0])
    body.number(published[1])
    body.text(positionText(published))
  } else body.flag(false)
  if (sentToSelf) body.text(positionText(sentToSelf))
  else body.flag(false)
  body.array(deadLetters.length * 3)
  for (const row of deadLetters) {
    body.text(row.id)
    body.number(row.atMs)
    body.bytes(packDeadLetter(row))
  }
  writeTexts(body, commit.forgetDeadLetters)
  kinds.write(body)
  if (body.length > COMMIT_BYTES_MAX) refuse(commit.shard, `it has ${body.length} bytes, more than ${COMMIT_BYTES_MAX}`)
  return body.finish()
}
