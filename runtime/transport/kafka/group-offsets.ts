/** A group's coordinator, and the positions that it keeps for the group. */
import { RuntimeFault } from '../../fault.ts'
import type { Clock } from '../../ports.ts'
import { errorOfCode, refusalOf } from './broker-connection.ts'
import type { Address } from './broker-connection.ts'
import { pause } from '../../pause.ts'
import { unavailable } from './wire.ts'
import type { KafkaWire } from './wire.ts'

const GROUP_COORDINATOR = 0
const TRY_AGAIN_MS = 100

/** It is still loading, has moved, or the group is changing: the same request works a little later. */
const PASSING = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
])

export const findCoordinator = async (wire: KafkaWire, group: string): Promise<Address> => {
  const { coordinator } = await wire.askAny(({ broker }) =>
    broker.findGroupCoordinator({ groupId: group, coordinatorType: GROUP_COORDINATOR }),
  )
  return { host: coordinator.host, port: coordinator.port }
}

export interface GroupOfTopic {
  readonly wire: KafkaWire
  readonly clock: Clock
  readonly group: string
  readonly topic: string
  /** How long a group that is changing is waited for. */
  readonly withinMs: number
  /** Who was the coordinator when it was last looked for: is asked first. */
  readonly coordinator: () => Address | undefined
}

const patiently = async <T>(of: GroupOfTopic, run: (at: Address) => Promise<T>) => {
  const { wire, clock, group, withinMs } = of
  const deadline = clock.now() + withinMs
  for (let known = of.coordinator(); ;) {
    try {
      return await run(known ?? (await findCoordinator(wire, group)))
    } catch (error) {
      // One that is known from before says nothing against the group: it may have moved, or be gone.
      if (known === undefined) {
        if (!PASSING.has(refusalOf(error) ?? '') || clock.now() > deadline) throw unavailable(error, group)
        await pause(clock, TRY_AGAIN_MS)
      }
      known = undefined
    }
  }
}

/** 0 if nothing was committed. */
export const committedOffset = (of: GroupOfTopic, partition: number): Promise<number> =>
  patiently(of, (coordinator) =>
    of.wire.askAt(coordinator, async ({ broker }) => {
      const { responses } = await broker.offsetFetch({
        groupId: of.group,
        topics: [{ topic: of.topic, partitions: [{ partition }] }],
      })
      const found = responses[0]?.partitions[0]
      const error = errorOfCode(found?.errorCode ?? 0)
      if (error !== undefined) throw new RuntimeFault('unavailable', error, { address: of.group })
      return Math.max(0, Number(found?.offset ?? 0))
    }),
  )

/** Only members of the group's present generation may commit. */
export interface MemberCommit {
  readonly memberId: string
  readonly generation: number
  readonly nextOffsets: readonly (readonly [partition: number, nextOffset: number])[]
}

/** @param committed who commits, and what: asked anew for each try */
export const commitOffsets = (of: GroupOfTopic, committed: () => Promise<MemberCommit>): Promise<void> =>
  patiently(of, async (coordinator) => {
    const { memberId, generation, nextOffsets } = await committed()
    if (nextOffsets.length === 0) return
    await of.wire.askAt(coordinator, ({ broker }) =>
      broker.offsetCommit({
        groupId: of.group,
        groupGenerationId: generation,
        memberId,
        topics: [
          {
            topic: of.topic,
            partitions: nextOffsets.map(([partition, offset]) => ({ partition, offset: String(offset) })),
          },
        ],
      }),
    )
  })
