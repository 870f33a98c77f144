/** The answer to a fetch (version 11), taken apart up to the record batches of each partition. */
import { readInt64 } from './record-batches.ts'
import type { AbortedTransaction } from './record-batches.ts'

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly aborted: readonly AbortedTransaction[]
  readonly batches: Buffer
}

export interface FetchAnswer {
  /** How long the broker asks not to be asked. */
  readonly clientSideThrottleTime: number
  readonly errorCode: number
  readonly partitions: readonly FetchedPartition[]
}

/** `bytes`: the answer behind its correlation id. */
export const decodeFetch = (bytes: Buffer): FetchAnswer => {
  let at = 0
  const int32 = (): number => bytes.readInt32BE((at += 4) - 4)
  const int16 = (): number => bytes.readInt16BE((at += 2) - 2)
  const int64 = (): number => readInt64(bytes, (at += 8) - 8)
  const blob = (length: number): Buffer => {
    if (length <= 0) return bytes.subarray(0, 0)
    return bytes.subarray(at, (at += length))
  }
  const many = <Item>(item: () => Item): Item[] => Array.from({ length: Math.max(0, int32()) }, item)

  const clientSideThrottleTime = int32()
  const errorCode = int16()
  int32() // session
  const partitions = many(() => {
    const topic = blob(int16()).toString()
    return many((): FetchedPartition => {
      const partition = int32()
      const code = int16()
      at += 24 // high watermark, last stable offset, first offset
      const aborted = many(() => ({ producerId: BigInt(int64()), firstOffset: int64() }))
      at += 4 // preferred replica: only for those who say where they are
      return { topic, partition, errorCode: code, aborted, batches: blob(int32()) }
    })
  })
  return { clientSideThrottleTime, errorCode, partitions: partitions.flat() }
}
