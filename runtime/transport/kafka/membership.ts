/**
 * One member of a group that shares a topic's partitions: joins, says in short intervals that it lives, joins again when
 * the group changes, and comes back by itself from whatever goes wrong, until it leaves.
 *
 * It has a connection of its own, on which a join may wait for the others, while it can still leave and commit on the
 * log's. Fetching goes on meanwhile: who owns a partition is decided by the store.
 */
import { backoffMs } from '../../backoff.ts'
import { RuntimeFault, errorText } from '../../fault.ts'
import type { Clock, LogMembership } from '../../ports.ts'
import { givenMemberId, refusalOf } from './broker-connection.ts'
import type { Address, BrokerConnection } from './broker-connection.ts'
import { STICKY_PROTOCOL, assign, decodeAssignment, encodeMember, topicsOf } from './sticky-assignment.ts'
import type { GroupMember, Held } from './sticky-assignment.ts'
import { commitOffsets, committedOffset, findCoordinator, type GroupOfTopic } from './group-offsets.ts'
import { OffsetCommits } from './offset-commits.ts'
import type { Warn } from './warnings.ts'
import type { KafkaWire } from './wire.ts'

const HEARTBEAT_LONGEST_MS = 300
const RETRY_FIRST_MS = 50
const RETRY_LONGEST_MS = 1_000
const JOIN_MARGIN_MS = 1_500

export interface MembershipOptions {
  readonly wire: KafkaWire
  readonly clock: Clock
  readonly warn: Warn
  readonly group: string
  readonly topic: string
  /** A member that isn't heard of for this long is out, and the others share what it had. */
  readonly sessionTimeoutMs: number
  readonly onAssigned: (partitions: readonly number[]) => void
  readonly onLeft: () => void
}

interface Joined {
  readonly generationId: number
  readonly leaderId: string
  readonly memberId: string
  readonly members: readonly GroupMember[]
}

export class Membership implements LogMembership {
  readonly #options: MembershipOptions
  readonly #ended: Promise<void>
  readonly #commits = new OffsetCommits((nextOffsets) => this.#store(nextOffsets))
  #coordinator: Address | undefined
  #connection: BrokerConnection | undefined
  #memberId = ''
  /** `undefined`: has to join. */
  #generation: number | undefined
  #held: Held = { generation: -1, partitions: [] }
  #told: readonly number[] = []
  #isLeaving = false
  #cancelExpiry: () => void = () => undefined
  #endWait: () => void = () => undefined
  #waitingForJoin: (() => void)[] = []

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#ended = this.#run()
  }

  /** Resolves when it is in the group, or `withinMs` later; it goes on trying then. */
  async joined(withinMs: number): Promise<void> {
    if (this.#generation !== undefined || this.#isLeaving) return
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.schedule(withinMs, resolve)
      this.#waitingForJoin.push(() => {
        cancel()
        resolve()
      })
    })
  }

  committed(partition: number): Promise<number> {
    return committedOffset(this.#groupOfTopic(), partition)
  }

  async commit(partition: number, nextOffset: number): Promise<void> {
    this.#refuseIfLeaving()
    await this.#commits.commit(partition, nextOffset)
    if (this.#held.partitions.includes(partition)) return
    const { group, topic } = this.#options
    throw new RuntimeFault('token-lost', `is another member's now`, { address: `${topic}/${partition} of ${group}` })
  }

  #refuseIfLeaving(): void {
    if (this.#isLeaving) throw new RuntimeFault('closed', 'has left the group', { address: this.#options.group })
  }

  #groupOfTopic(): GroupOfTopic {
    const { wire, clock, group, topic, sessionTimeoutMs } = this.#options
    return { wire, clock, group, topic, withinMs: sessionTimeoutMs, coordinator: () => this.#coordinator }
  }

  /** What has become another's while it waited would take the group back behind what that one has done. */
  #store(nextOffsets: ReadonlyMap<number, number>): Promise<void> {
    return commitOffsets(this.#groupOfTopic(), async () => {
      await this.joined(this.#options.sessionTimeoutMs)
      this.#refuseIfLeaving()
      const held = [...nextOffsets].filter(([partition]) => this.#held.partitions.includes(partition))
      return { memberId: this.#memberId, generation: this.#generation ?? -1, nextOffsets: held }
    })
  }

  async leave(): Promise<void> {
    if (this.#isLeaving) return this.#ended
    this.#isLeaving = true
    const { wire, group, warn } = this.#options
    this.#cancelExpiry()
    for (const joined of this.#waitingForJoin.splice(0)) joined()
    if (this.#memberId !== '') {
      const leaving = { groupId: group, memberId: this.#memberId }
      try {
        const coordinator = this.#coordinator ?? (await findCoordinator(wire, group))
        await wire.askAt(coordinator, ({ broker }) => broker.leaveGroup(leaving))
      } catch (error) {
        // Its session will run out.
        if (refusalOf(error) !== 'UNKNOWN_MEMBER_ID')
          warn('kafka: could not leave a group in time', { group, error: errorText(error) })
      }
    }
    this.#connection?.destroy()
    this.#endWait()
    await this.#ended
    this.#tell([])
    this.#options.onLeft()
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#isLeaving;) {
      try {
        const connection = await this.#connect()
        if (this.#generation === undefined) await this.#join(connection)
        else await this.#heartbeat(connection, this.#generation)
        failures = 0
      } catch (error) {
        if (this.#isLeaving) break
        const isRoutine = this.#understand(error)
        if (isRoutine) continue
        failures++
        if (failures > 1)
          this.#options.warn('kafka: trouble with a group', { group: this.#options.group, error: errorText(error) })
        await this.#wait(backoffMs(failures, RETRY_FIRST_MS, RETRY_LONGEST_MS))
      }
    }
    this.#connection?.destroy()
  }

  async #connect(): Promise<BrokerConnection> {
    const { wire, group } = this.#options
    if (this.#connection?.isConnected) return this.#connection
    this.#connection?.destroy()
    this.#coordinator = await findCoordinator(wire, group)
    const connection = await wire.open(this.#coordinator)
    if (this.#isLeaving) connection.destroy()
    return (this.#connection = connection)
  }

  async #join(connection: BrokerConnection): Promise<void> {
    const { wire, group, topic, sessionTimeoutMs } = this.#options
    // It may take until a member that is gone is given up; a little longer, and the answer won't come any more.
    this.#giveUpIn(sessionTimeoutMs + JOIN_MARGIN_MS)
    const joined = (await connection.joinGroup({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      memberId: this.#memberId,
      protocolType: 'consumer',
      groupProtocols: [{ name: STICKY_PROTOCOL, metadata: encodeMember(topic, this.#held) }],
    })) as Joined
    this.#memberId = joined.memberId
    let groupAssignment: ReturnType<typeof assign> = []
    if (joined.leaderId === joined.memberId) {
      await wire.refresh(topicsOf(joined.members))
      groupAssignment = assign(joined.members, (name) => wire.partitions(name))
    }
    const { memberId, generationId } = joined
    const { memberAssignment } = await connection.broker.syncGroup({
      groupId: group,
      generationId,
      memberId,
      groupAssignment,
    })
    if (this.#isLeaving) return
    const partitions = decodeAssignment(memberAssignment, topic)
    this.#held = { generation: generationId, partitions }
    this.#generation = generationId
    this.#giveUpIn(sessionTimeoutMs)
    this.#tell(partitions, true)
    for (const waiting of this.#waitingForJoin.splice(0)) waiting()
  }

  async #heartbeat(connection: BrokerConnection, generation: number): Promise<void> {
    const { group, sessionTimeoutMs } = this.#options
    await this.#wait(Math.min(HEARTBEAT_LONGEST_MS, sessionTimeoutMs / 10))
    if (this.#isLeaving) return
    await connection.broker.heartbeat({
      groupId: group,
      groupGenerationId: generation,
      memberId: this.#memberId,
    })
    this.#giveUpIn(sessionTimeoutMs)
  }

  /** Draws from an error what there is to do; true if that is a matter of course, and no trouble. */
  #understand(error: unknown): boolean {
    const refusal = refusalOf(error)
    switch (refusal) {
      case 'MEMBER_ID_REQUIRED':
        this.#memberId = givenMemberId(error) ?? ''
        return this.#memberId !== ''
      case 'REBALANCE_IN_PROGRESS':
      case 'ILLEGAL_GENERATION':
        this.#generation = undefined
        return true
      case 'UNKNOWN_MEMBER_ID':
        // The others have shared out what this one had.
        this.#memberId = ''
        this.#generation = undefined
        this.#tell([])
        return true
      case undefined:
      case 'NOT_COORDINATOR_FOR_GROUP':
      case 'GROUP_COORDINATOR_NOT_AVAILABLE':
        // Lost or moved: with the same id and generation it may be the same member elsewhere.
        this.#connection?.destroy()
        this.#connection = undefined
        return false
      default:
        this.#generation = undefined
        return false
    }
  }

  /** Silence from now on for `silenceMs` means that this member is out, and the others have shared out what it had. */
  #giveUpIn(silenceMs: number): void {
    const { clock, group, warn } = this.#options
    this.#cancelExpiry()
    this.#cancelExpiry = clock.schedule(silenceMs, () => {
      warn('kafka: out of touch with a group for a whole session', { group })
      this.#generation = undefined
      this.#connection?.destroy()
      this.#tell([])
    })
  }

  #tell(partitions: readonly number[], always = false): void {
    if (!always && partitions.length === 0 && this.#told.length === 0) return
    this.#told = partitions
    try {
      this.#options.onAssigned([...partitions])
    } catch (error) {
      this.#options.warn('kafka: an assignment was not taken', { error: errorText(error) })
    }
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.schedule(delayMs, resolve)
      this.#endWait = () => {
        cancel()
        resolve()
      }
    })
  }
}
