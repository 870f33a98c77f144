/** Per shard: who owns it, where it is, its marks, its outbox. Headers are kept in memory: the file has one writer. */
import { randomUUID } from 'node:crypto'
import { RuntimeFault } from '../runtime/fault.ts'
import type { Fence, Mark, OutboxRow, Position, ShardCommit, ShardLease } from '../runtime/ports.ts'
import { packBlobs, unpackBlobs } from '../runtime/transport/blob-list.ts'
import type { SqliteFile } from '../runtime/transport/sqlite-file.ts'
import { orderedBytes, orderedText } from './ordered-text.ts'
import { statement } from './sqlite-schema.ts'

interface ShardHeader {
  token: string
  owner: string
  epoch: number
  nextOffset: number
  published: Position
  sentToSelf: Position
}

type Place = readonly [major: number, minor: number, topic: string, partition: number]

const isAfter = (a: Position, b: Position): boolean => a[0] - b[0] > 0 || (a[0] === b[0] && a[1] > b[1])

export class SqliteShards {
  readonly #sql: ReturnType<typeof statements>
  readonly #headers = new Map<number, ShardHeader>()

  constructor(file: SqliteFile) {
    this.#sql = statements(file)
  }

  /** Within an operation. */
  acquire(shard: number, owner: string): ShardLease {
    const header = this.#header(shard)
    header.epoch++
    header.owner = owner
    header.token = randomUUID()
    this.#save(shard, header)
    const { token, epoch, nextOffset, published, sentToSelf } = header
    const marks = new Map<string, Mark>()
    for (const [origin, major, minor, atMs] of this.#sql.marks.all(shard))
      marks.set(orderedText(origin as Uint8Array), { position: [Number(major), Number(minor)], atMs: Number(atMs) })
    return { shard, token, epoch, nextOffset, published, sentToSelf, marks }
  }

  /** @throws {RuntimeFault} `token-lost`, `offset-differs` */
  assertOwned(shard: number, fence: Fence): void {
    const header = this.#header(shard)
    const address = `shard ${shard}`
    if (header.epoch === 0 || header.token !== fence.token)
      throw new RuntimeFault('token-lost', `now owned by ${header.owner || 'nobody'}`, { address })
    if (header.nextOffset !== fence.nextOffset)
      throw new RuntimeFault('offset-differs', `at ${header.nextOffset}, not ${fence.nextOffset}`, { address })
  }

  /** Within an operation: offset, cursors, marks and outbox of a commit. */
  apply(commit: ShardCommit): void {
    const { shard, outbox, published } = commit
    const header = this.#header(shard)
    header.nextOffset = commit.nextOffset
    if (commit.sentToSelf !== undefined) header.sentToSelf = commit.sentToSelf
    // Never back: entries before it are gone, or hidden in a row whose last one isn't published yet.
    if (published !== undefined && isAfter(published, header.published)) header.published = published
    this.#save(shard, header)
    for (const origin of commit.forgetMarks) this.#sql.dropMark.run(shard, orderedBytes(origin))
    for (const { origin, mark } of commit.marks)
      this.#sql.setMark.run(shard, orderedBytes(origin), ...mark.position, mark.atMs)
    const last = outbox.at(-1)
    if (last !== undefined) {
      const places = outbox.map(({ position, topic, partition }): Place => [...position, topic, partition])
      const body = packBlobs(outbox.map((row) => row.value))
      this.#sql.addOutbox.run(shard, ...last.position, outbox.length, JSON.stringify(places), body)
    }
    if (published !== undefined) this.#sql.dropOutbox.run(shard, ...published)
  }

  outbox(shard: number, limit: number): OutboxRow[] {
    const { published } = this.#header(shard)
    const rows: OutboxRow[] = []
    let after: Position = published
    while (rows.length < limit) {
      const row = this.#sql.outbox.get(shard, ...after)
      if (row === undefined) break
      after = [Number(row[0]), Number(row[1])]
      const values = unpackBlobs(row[3] as Uint8Array)
      for (const [index, [major, minor, topic, partition]] of (JSON.parse(String(row[2])) as Place[]).entries()) {
        const value = values[index]
        if (value === undefined || rows.length >= limit || !isAfter([major, minor], published)) continue
        rows.push({ position: [major, minor], topic, partition, value })
      }
    }
    return rows
  }

  outboxCount(): number {
    return Number(this.#sql.outboxCount.get()?.[0] ?? 0)
  }

  /** After a rollback: headers in memory may be ahead of what is stored. */
  reset(): void {
    this.#headers.clear()
  }

  #header(shard: number): ShardHeader {
    const known = this.#headers.get(shard)
    if (known !== undefined) return known
    const row = this.#sql.shard.get(shard)
    const [epoch, nextOffset, major, minor, selfMajor, selfMinor] = (row?.slice(2) ?? [0, 0, -1, -1, -1, -1]).map(
      Number,
    )
    const header: ShardHeader = {
      token: String(row?.[0] ?? ''),
      owner: String(row?.[1] ?? ''),
      epoch: epoch ?? 0,
      nextOffset: nextOffset ?? 0,
      published: [major ?? -1, minor ?? -1],
      sentToSelf: [selfMajor ?? -1, selfMinor ?? -1],
    }
    this.#headers.set(shard, header)
    return header
  }

  #save(shard: number, { token, owner, epoch, nextOffset, published, sentToSelf }: ShardHeader): void {
    this.#sql.setShard.run(shard, token, owner, epoch, nextOffset, ...published, ...sentToSelf)
  }
}

const statements = (file: SqliteFile) => ({
  shard: statement(
    file,
    `SELECT token, owner, epoch, next_offset, published_major, published_minor, self_major, self_minor
     FROM shard WHERE shard = ?`,
  ),
  setShard: statement(file, 'INSERT OR REPLACE INTO shard VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
  marks: statement(file, 'SELECT origin, major, minor, at_ms FROM mark WHERE shard = ?'),
  setMark: statement(file, 'INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?, ?)'),
  dropMark: statement(file, 'DELETE FROM mark WHERE shard = ? AND origin = ?'),
  addOutbox: statement(file, 'INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)'),
  dropOutbox: statement(file, 'DELETE FROM outbox WHERE shard = ? AND (major, minor) <= (?, ?)'),
  outbox: statement(
    file,
    `SELECT major, minor, places, body FROM outbox
     WHERE shard = ? AND (major, minor) > (?, ?) ORDER BY major, minor LIMIT 1`,
  ),
  outboxCount: statement(file, 'SELECT sum(entries) FROM outbox'),
})
