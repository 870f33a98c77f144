/** What is measured. Each candidate stores the same commits, syncs each to disk before the next, and is read back. */
import { closeSync, fdatasyncSync, fstatSync, openSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { openEmbedded } from '../persistence/embedded.ts'
import type { ShardCommit, ShardLease } from '../runtime/ports.ts'
import { ENTITIES, entityKey, SHARDS } from './embedded-store-workload.ts'

export interface Candidate {
  readonly name: string
  open(folder: string): Promise<Opened>
}

export interface Opened {
  readonly leases: readonly ShardLease[]
  readonly commit: (commit: ShardCommit) => Promise<void> | void
  readonly close: () => Promise<void> | void
  /** Opens again what was closed; throws if it isn't what the workload wrote. */
  readonly check: (versions: readonly number[], bytes: number) => Promise<void> | void
}

const lost = (what: string): never => {
  throw new Error(`something was lost: ${what}`)
}

const noLease = (shard: number): ShardLease => ({
  ...{ shard, token: '', epoch: 1, nextOffset: 0, published: [-1, -1], sentToSelf: [-1, -1], marks: new Map() },
})

export const sqliteCandidate = (synchronous: 'full' | 'normal'): Candidate => ({
  name: `SQLite, this project's store, synchronous=${synchronous}`,
  open: async (folder) => {
    const options = { path: join(folder, 'data.sqlite'), synchronous }
    const embedded = await openEmbedded(options)
    const { store } = embedded
    await store.setUp({ shards: SHARDS, protocol: 1 })
    const leases = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => store.acquire(shard, 'bench')))
    return {
      leases,
      commit: (commit) => store.commit(commit),
      close: () => embedded.close(),
      check: async (versions) => {
        const again = await openEmbedded(options)
        for (let entity = 0; entity < ENTITIES; entity++) {
          const [found] = await again.store.load(entity % SHARDS, [entityKey(entity)])
          if ((found?.version ?? 0) !== versions[entity]) lost(`entity ${entity}`)
        }
        await again.close()
      },
    }
  },
})

/** The floor: no commit that can be read back one by one, only its bytes, in one write and one sync. */
export const appendOnlyFile: Candidate = {
  name: 'append-only file, one write and fdatasync per commit',
  open: async (folder) => {
    const path = join(folder, 'data.log')
    const file = openSync(path, 'a')
    return {
      leases: Array.from({ length: SHARDS }, (_, shard) => noLease(shard)),
      commit: ({ entities, setTimers, outbox }) => {
        const values = [...entities.flatMap((write) => [...write.events, write.snapshot ?? new Uint8Array()])]
        const bytes = Buffer.concat([
          ...values,
          ...setTimers.map((row) => row.message),
          ...outbox.map((row) => row.value),
        ])
        writeSync(file, bytes)
        fdatasyncSync(file)
      },
      close: () => closeSync(file),
      check: (_versions, bytes) => {
        const again = openSync(path, 'r')
        if (fstatSync(again).size < bytes) lost('bytes of the file')
        closeSync(again)
      },
    }
  },
}

/** The part of the npm package `lmdb` that is used. It is no dependency: `--with-lmdb` installs it aside. */
interface Lmdb {
  open(options: Record<string, unknown>): LmdbDatabase
}
interface LmdbDatabase {
  putSync(key: unknown, value: Uint8Array): void
  removeSync(key: unknown): void
  get(key: unknown): Uint8Array | undefined
  transactionSync(run: () => void): void
  flushed: Promise<unknown>
  close(): Promise<void>
}

const version32 = (version: number): Uint8Array => new Uint8Array(Uint32Array.of(version).buffer)

export const lmdbCandidate = (packageFolder: string): Candidate => ({
  name: 'LMDB (npm lmdb), the same rows by key, synced per transaction',
  open: async (folder) => {
    const lmdb = createRequire(join(packageFolder, 'package.json'))('lmdb') as Lmdb
    const openAt = () =>
      lmdb.open({ path: join(folder, 'lmdb'), encoding: 'binary', noSubdir: false, overlappingSync: false })
    const database = openAt()
    // Entities by a small number, as SQLite has them: a random text key per event would make it slower still.
    const numbers = new Map<string, number>()
    const numberOf = (id: string): number => {
      const number = numbers.get(id) ?? numbers.size
      numbers.set(id, number)
      return number
    }
    return {
      leases: Array.from({ length: SHARDS }, (_, shard) => noLease(shard)),
      commit: (commit) => {
        database.transactionSync(() => {
          for (const { id, version, events, snapshot } of commit.entities) {
            const number = numberOf(id)
            for (const event of events) database.putSync(['event', number, version], event)
            database.putSync(['head', number], version32(version))
            if (snapshot !== undefined) database.putSync(['snapshot', number], snapshot)
          }
          for (const { id, dueMs, message } of commit.setTimers) {
            database.putSync(['timer', numberOf(id)], message)
            database.putSync(['due', commit.shard, dueMs, numberOf(id)], message.subarray(0, 1))
          }
          for (const { position, value } of commit.outbox) {
            database.putSync(['outbox', commit.shard, ...position], value)
            database.removeSync(['outbox', commit.shard, position[0] - 1, position[1]])
          }
          database.putSync(['mark', commit.shard], version32(commit.nextOffset))
          database.putSync(['shard', commit.shard], version32(commit.nextOffset))
        })
      },
      close: async () => {
        await database.flushed
        await database.close()
      },
      check: async (versions) => {
        const again = openAt()
        for (let entity = 0; entity < ENTITIES; entity++) {
          const number = numbers.get(entityKey(entity).id)
          const found = number === undefined ? undefined : again.get(['head', number])
          const version = found === undefined ? 0 : new DataView(found.buffer, found.byteOffset).getUint32(0, true)
          if (version !== versions[entity]) lost(`entity ${entity}`)
        }
        await again.close()
      },
    }
  },
})
