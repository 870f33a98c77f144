/** One machine: log and store are one SQLite file. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbedded } from '../persistence/embedded.ts'
import { localReplies } from '../runtime/replies.ts'
import type { Backing } from './backing.ts'
import type { NodeSettings } from './environment.ts'

/** Few, because one thread serves them all: every shard that a commit touches costs rows of its own. */
const SHARDS = 4
const DRIVER_REQUEST_PARTITIONS = 8

/** @throws {RuntimeFault} `in-use` if another node has the file */
export const embeddedBacking = async ({ data }: Pick<NodeSettings, 'data'>): Promise<Backing> => {
  mkdirSync(data.data, { recursive: true })
  const embedded = await openEmbedded({ path: join(data.data, 'homeostat.sqlite'), synchronous: data.synchronous })
  return {
    kind: 'embedded',
    where: data.data,
    log: embedded.log,
    store: embedded.store,
    replies: localReplies(),
    runtime: {
      shards: data.shards ?? SHARDS,
      // Log and store are one file: neither can lose what the other has.
      leaseCheckMs: 0,
      storeAwayMs: 0,
      logKeepMs: 0,
    },
    driverRequestPartitions: DRIVER_REQUEST_PARTITIONS,
    samples: () => [],
    close: () => embedded.close(),
  }
}
