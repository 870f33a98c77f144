/**
 * A member of a group that shares the partitions of a topic. Records of all assigned partitions are handled at the same
 * time, up to a bound, and finish in any order; the group's position in a partition is the lowest record that isn't
 * done. At least once: what wasn't done when a member ended is read again by the next.
 */
import type { Clock, Log, LogMembership } from '../ports.ts'
import { settlesWithin } from '../pause.ts'
import { Capacity } from '../capacity.ts'
import { OneShot } from '../one-shot.ts'
import type { GroupReaderConfig } from './config.ts'
import { type HandleRecord, PartitionWork } from './partition-work.ts'

export interface GroupReaderParts {
  readonly log: Log
  readonly clock: Clock
  /** Must exist. */
  readonly topic: string
  readonly group: string
  /** Whether the log may forget what is done: only where nobody else reads the topic. */
  readonly trims: boolean
  readonly config: GroupReaderConfig
  /** Should end soon, with `left`, when its owner is about to close the reader. */
  readonly handle: HandleRecord
  readonly warn: (text: string, details: Readonly<Record<string, unknown>>) => void
}

export interface GroupReaderStats {
  readonly partitions: readonly number[]
  readonly inFlight: number
}

export interface GroupReader {
  stats(): GroupReaderStats
  /** Stops reading, waits for what is under way (at most `drainTimeoutMs`), stores the position, leaves the group. */
  close(): Promise<void>
}

/** Resolves when it has joined the group. */
export const startGroupReader = async (parts: GroupReaderParts): Promise<GroupReader> => {
  const { log, clock, topic, config } = parts
  const capacity = new Capacity(() => config.inFlightMax)
  const inFlight = new Set<Promise<unknown>>()
  const handle: HandleRecord = (value) => {
    const handled = parts.handle(value)
    const settled: Promise<boolean> = handled.then(
      () => inFlight.delete(settled),
      () => inFlight.delete(settled),
    )
    inFlight.add(settled)
    return handled
  }

  const work = new Map<number, PartitionWork>()
  // One time for all partitions: their positions are stored with one request.
  const nextCommit = new OneShot(clock)
  const onMoved = (): void =>
    nextCommit.in(config.commitDelayMs, () => {
      for (const partitionWork of work.values()) void partitionWork.commitIfIdle()
    })
  const group: { membership?: LogMembership } = {}
  let assigned: readonly number[] = []
  let closing: Promise<void> | undefined

  const follow = (): void => {
    const { membership } = group
    if (!membership || closing) return
    const wanted = new Set(assigned)
    for (const [partition, partitionWork] of work)
      if (!wanted.has(partition)) {
        work.delete(partition)
        partitionWork.release()
      }
    for (const partition of wanted)
      if (!work.has(partition))
        work.set(partition, new PartitionWork(partition, { ...parts, membership, capacity, handle, onMoved }))
  }

  // The first assignment may come before `join` has resolved; it is followed as soon as there is a membership.
  const membership = await log.join(parts.group, topic, (partitions) => {
    assigned = partitions
    follow()
  })
  group.membership = membership
  follow()

  const drain = async (): Promise<void> => {
    const reading = Promise.all([...work.values()].map((partitionWork) => partitionWork.stopReading()))
    await settlesWithin(clock, config.drainTimeoutMs, Promise.all([reading, ...inFlight]))
    const stored = Promise.all([...work.values()].map((partitionWork) => partitionWork.commit()))
    await settlesWithin(clock, config.drainTimeoutMs, stored)
    nextCommit.cancel()
    for (const partitionWork of work.values()) partitionWork.release()
    work.clear()
    await settlesWithin(clock, config.drainTimeoutMs, membership.leave())
  }

  return {
    stats: () => ({ partitions: [...work.keys()].sort((a, b) => a - b), inFlight: capacity.taken }),
    close: () => {
      closing ??= drain()
      return closing
    },
  }
}
