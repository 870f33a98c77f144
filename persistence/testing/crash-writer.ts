/**
 * A process that appends and commits in a loop until it is killed, and says on its standard output what was
 * acknowledged: `log <partition> <count>` and `shard <shard> <next offset>`, each line written before it goes on.
 */
import { writeSync } from 'node:fs'
import { openEmbedded } from '../embedded.ts'
import { CRASH_PARTITIONS, CRASH_SHARDS, CRASH_TOPIC, crashCommit, crashRecord } from './crash-data.ts'

const say = (line: string): void => void writeSync(1, `${line}\n`)

const { log, store } = await openEmbedded({ path: process.argv[2] ?? '' })
await log.createTopic(CRASH_TOPIC, CRASH_PARTITIONS)
await store.setUp({ shards: CRASH_SHARDS, protocol: 1 })

const appendOn = async (partition: number): Promise<never> => {
  let { next } = await log.bounds(CRASH_TOPIC, partition)
  for (;;) {
    const count = 1 + (next % 5)
    const records = Array.from({ length: count }, (_, index) => crashRecord(partition, next + index))
    await log.append(records)
    next += count
    say(`log ${partition} ${next}`)
    // Trims behind itself, so that crashes hit trims, too.
    if (next % 50 < count) void log.trim(CRASH_TOPIC, partition, next - 200)
  }
}

const commitOn = async (shard: number): Promise<never> => {
  const lease = await store.acquire(shard, `process ${process.pid}`)
  for (let offset = lease.nextOffset; ; offset++) {
    await store.commit(crashCommit(lease, offset))
    say(`shard ${shard} ${offset + 1}`)
  }
}

const partitions = Array.from({ length: CRASH_PARTITIONS }, (_, partition) => appendOn(partition))
const shards = Array.from({ length: CRASH_SHARDS }, (_, shard) => commitOn(shard))
await Promise.all([...partitions, ...shards])
