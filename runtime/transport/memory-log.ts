/**
 * A Log in memory: one broker, shared by the clients of all simulated nodes. Nothing is durable beyond the broker
 * object; a node that crashes is a client that is thrown away.
 */
import { RuntimeFault } from '../fault.ts'
import type { Clock, Log, LogBounds, LogEntry, LogMembership, LogReader, LogRecord } from '../ports.ts'
import { Group } from './group.ts'
import { Link, NO_LATENCY, noFaults } from './link.ts'
import type { Chance, Faults, Latency } from './link.ts'
import { MemoryPartition, MemoryReader } from './memory-partition.ts'

/** May be changed while running. */
export interface LogFaults extends Faults {
  /** From the moment that there is something to read until a reader has it. */
  readLatency: Latency
  /** Chance that an append reaches only some of its partitions; the caller gets `unavailable`. */
  partial: number
}

export const noLogFaults = (): LogFaults => ({ ...noFaults(), readLatency: NO_LATENCY, partial: 0 })

export interface MemoryBrokerOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Of every client that brings none of its own. Kept by reference: change it while running. */
  readonly faults?: LogFaults
}

export interface MemoryLogOptions {
  /** Names the client as a member of groups, and in faults. */
  readonly name?: string
  readonly faults?: LogFaults
}

interface MemoryGroup {
  readonly members: Group
  readonly positions: Map<number, number>
}

const groupKey = (group: string, topic: string): string => `${group}\0${topic}`

export class MemoryBroker {
  readonly faults: LogFaults
  readonly #chance: Chance
  readonly #topics = new Map<string, MemoryPartition[]>()
  readonly #groups = new Map<string, MemoryGroup>()
  #clients = 0

  constructor(options: MemoryBrokerOptions) {
    this.#chance = { clock: options.clock, random: options.random }
    this.faults = options.faults ?? noLogFaults()
  }

  client(options: MemoryLogOptions = {}): MemoryLog {
    const name = options.name ?? `client-${++this.#clients}`
    return new MemoryLog(this, name, options.faults ?? this.faults, this.#chance)
  }

  /** Gives a member (its client's name) these partitions; the group isn't balanced by itself any more. */
  assign(group: string, member: string, partitions: readonly number[], options: { tell?: boolean } = {}): void {
    for (const found of this.#groupsNamed(group)) found.assign(member, partitions, options.tell ?? true)
  }

  /** Takes a client out of a group, as if it hadn't been heard of for too long. It isn't told. */
  expel(group: string, member: string): void {
    for (const found of this.#groupsNamed(group)) found.expel(member)
  }

  /** Shares the partitions out evenly, now and at each join and leave. */
  balance(group: string): void {
    for (const found of this.#groupsNamed(group)) found.balance()
  }

  /** All that a partition holds, for checkers. */
  records(topic: string, partition: number): readonly LogRecord[] {
    return this.partition(topic, partition).records
  }

  createTopic(topic: string, partitions: number): void {
    const existing = this.ensureTopic(topic, partitions)
    if (existing !== partitions)
      throw new RuntimeFault('partitions-differ', `topic has ${existing} partitions, not ${partitions}`, {
        address: topic,
      })
  }

  ensureTopic(topic: string, partitions: number): number {
    let existing = this.#topics.get(topic)
    if (existing === undefined)
      this.#topics.set(topic, (existing = Array.from({ length: partitions }, () => new MemoryPartition())))
    return existing.length
  }

  /** @throws {RuntimeFault} `unavailable` if there is no such partition */
  partition(topic: string, partition: number): MemoryPartition {
    const found = this.#topics.get(topic)?.[partition]
    if (found === undefined) throw new RuntimeFault('unavailable', `no partition ${partition}`, { address: topic })
    return found
  }

  append(entries: readonly LogEntry[], unless?: (partition: MemoryPartition) => boolean): void {
    const partitions = entries.map((entry) => this.partition(entry.topic, entry.partition))
    for (const [index, entry] of entries.entries()) {
      const partition = partitions[index]
      if (partition !== undefined && unless?.(partition) !== true) partition.add(entry.value)
    }
    for (const partition of new Set(partitions)) partition.wake()
  }

  group(group: string, topic: string): MemoryGroup {
    const key = groupKey(group, topic)
    let found = this.#groups.get(key)
    if (found === undefined) {
      const partitions = this.#topics.get(topic)
      if (partitions === undefined) throw new RuntimeFault('unavailable', 'no such topic', { address: topic })
      this.#groups.set(key, (found = { members: new Group(partitions.length), positions: new Map() }))
    }
    return found
  }

  *#groupsNamed(group: string): Generator<Group> {
    for (const [key, { members }] of this.#groups) if (key.startsWith(groupKey(group, ''))) yield members
  }
}

/** One node's connection to the broker; `link` cuts it off or lets it die. */
export class MemoryLog implements Log {
  readonly link: Link
  readonly faults: LogFaults
  readonly #broker: MemoryBroker
  readonly #chance: Chance
  readonly #readers = new Set<MemoryReader>()
  readonly #memberships = new Set<LogMembership>()
  #closed = false

  constructor(broker: MemoryBroker, name: string, faults: LogFaults, chance: Chance) {
    this.#broker = broker
    this.#chance = chance
    this.faults = faults
    this.link = new Link(name, faults, chance)
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    this.#assertOpen()
    return this.link.write(() => this.#broker.createTopic(topic, partitions))
  }

  async ensureTopic(topic: string, partitions: number): Promise<number> {
    this.#assertOpen()
    return this.link.write(() => this.#broker.ensureTopic(topic, partitions))
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    this.#assertOpen()
    if (entries.length === 0) return
    const { partial } = this.faults
    if (partial <= 0 || this.#chance.random() >= partial) return this.link.write(() => this.#broker.append(entries))
    const skipped = new Map<MemoryPartition, boolean>()
    const isSkipped = (partition: MemoryPartition): boolean => {
      const known = skipped.get(partition) ?? this.#chance.random() < 0.5
      skipped.set(partition, known)
      return known
    }
    return this.link.write(() => {
      this.#broker.append(entries, isSkipped)
      throw new RuntimeFault('unavailable', 'some partitions did not take the records')
    })
  }

  read(topic: string, partition: number, fromOffset: number): LogReader {
    this.#assertOpen()
    const reader = new MemoryReader({
      partition: this.#broker.partition(topic, partition),
      fromOffset,
      link: this.link,
      latency: () => this.faults.readLatency,
      address: `${topic}/${partition}`,
      onClose: () => this.#readers.delete(reader),
    })
    this.#readers.add(reader)
    return reader
  }

  async bounds(topic: string, partition: number): Promise<LogBounds> {
    this.#assertOpen()
    return this.link.read(() => {
      const { first, next } = this.#broker.partition(topic, partition)
      return { first, next }
    })
  }

  async trim(topic: string, partition: number, before: number): Promise<void> {
    this.#assertOpen()
    return this.link.write(() => this.#broker.partition(topic, partition).trim(before))
  }

  async join(
    group: string,
    topic: string,
    onAssigned: (partitions: readonly number[]) => void,
  ): Promise<LogMembership> {
    this.#assertOpen()
    const { link } = this
    // Joining is repeated by real clients until it works, and a membership that nobody holds is worth nothing: it
    // can't be lost here, only the node can be cut off while it joins.
    const { members, positions } = this.#broker.group(group, topic)
    const id = members.freeId(link.name)
    const deliver = (run: () => void): void => {
      if (link.up) link.after(link.faults.latency, () => (link.up ? run() : undefined))
    }
    members.join({ id, client: link.name, deliver, onAssigned })
    const forget = link.onRestore(() => members.tell(id))
    const membership: LogMembership = {
      committed: (partition) => link.read(() => positions.get(partition) ?? 0),
      commit: (partition, nextOffset) => link.write(() => void positions.set(partition, nextOffset)),
      leave: async () => {
        forget()
        this.#memberships.delete(membership)
        members.leave(id)
      },
    }
    this.#memberships.add(membership)
    return membership
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const reader of [...this.#readers]) reader.close()
    await Promise.all([...this.#memberships].map((membership) => membership.leave()))
  }

  #assertOpen(): void {
    if (this.#closed) throw new RuntimeFault('closed', `the log of ${this.link.name} is closed`)
  }
}
