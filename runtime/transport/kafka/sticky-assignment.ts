/**
 * How a group's leader shares partitions out: evenly, each member keeping what it had. For that a member says, when it
 * joins, what it was given last and in which generation of the group.
 */
import { z } from 'zod'
import { shareOut } from '../assignment.ts'
import { MemberAssignment, MemberMetadata } from './broker-connection.ts'

/** Members must all name the same one; a changed layout needs a new name, and for a while both. */
export const STICKY_PROTOCOL = 'homeostat-sticky'

/** What a member had when it was last in the group. */
export interface Held {
  readonly generation: number
  readonly partitions: readonly number[]
}

export interface GroupMember {
  readonly memberId: string
  readonly memberMetadata: Buffer
}

const heldSchema = z.object({ generation: z.number(), partitions: z.array(z.number().int().nonnegative()) })

export const encodeMember = (topic: string, held: Held): Buffer =>
  MemberMetadata.encode({ version: 1, topics: [topic], userData: Buffer.from(JSON.stringify(held)) })

/** Nothing, for a member that says something else. */
const heldBy = (userData: Buffer | null): Held => {
  try {
    return heldSchema.parse(JSON.parse(String(userData)))
  } catch {
    return { generation: -1, partitions: [] }
  }
}

/** The partitions of a member from the assignment that it was sent. */
export const decodeAssignment = (bytes: Buffer, topic: string): readonly number[] =>
  (bytes.length === 0 ? [] : (MemberAssignment.decode(bytes)?.assignment[topic] ?? [])).toSorted((a, b) => a - b)

/** One member's claims and those of others may overlap, if it was away: the latest generation is right. */
const withoutOverlap = (claims: ReadonlyMap<string, Held>): Map<string, readonly number[]> => {
  const newest = new Map<number, number>()
  for (const { generation, partitions } of claims.values())
    for (const partition of partitions) newest.set(partition, Math.max(generation, newest.get(partition) ?? generation))
  return new Map(
    [...claims].map(([member, { generation, partitions }]) => [
      member,
      partitions.filter((partition) => newest.get(partition) === generation),
    ]),
  )
}

/** @param partitionsOf the number of partitions of a topic; `undefined` if there is no such topic */
export const assign = (
  members: readonly GroupMember[],
  partitionsOf: (topic: string) => number | undefined,
): { memberId: string; memberAssignment: Buffer }[] => {
  const claims = new Map<string, Map<string, Held>>()
  for (const { memberId, memberMetadata } of members) {
    const { topics, userData } = MemberMetadata.decode(memberMetadata)
    for (const topic of topics) {
      const ofTopic = claims.get(topic) ?? new Map<string, Held>()
      claims.set(topic, ofTopic.set(memberId, heldBy(userData)))
    }
  }
  const shares = new Map<string, Record<string, readonly number[]>>()
  for (const { memberId } of members) shares.set(memberId, {})
  for (const [topic, ofTopic] of claims) {
    const shared = shareOut(partitionsOf(topic) ?? 0, [...ofTopic.keys()].sort(), withoutOverlap(ofTopic))
    for (const [memberId, share] of shared) (shares.get(memberId) ?? {})[topic] = share
  }
  return [...shares].map(([memberId, assignment]) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({ version: 1, assignment, userData: Buffer.alloc(0) }),
  }))
}

export const topicsOf = (members: readonly GroupMember[]): readonly string[] => [
  ...new Set(members.flatMap(({ memberMetadata }) => MemberMetadata.decode(memberMetadata).topics)),
]
