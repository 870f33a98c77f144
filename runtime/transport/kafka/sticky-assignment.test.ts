import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { MemberMetadata } from './broker-connection.ts'
import { assign, decodeAssignment, encodeMember } from './sticky-assignment.ts'

const member = (memberId: string, held: readonly number[] = [], generation = 1, topic = 't') => ({
  memberId,
  memberMetadata: encodeMember(topic, { generation, partitions: held }),
})
const shares = (members: readonly ReturnType<typeof member>[], partitions = 6, topic = 't') =>
  Object.fromEntries(
    assign(members, (name) => (name === topic ? partitions : undefined)).map(({ memberId, memberAssignment }) => [
      memberId,
      decodeAssignment(memberAssignment, topic),
    ]),
  )

describe('sharing out', () => {
  test('a new member gets what is above the others’ share', () => {
    const found = shares([member('a', [0, 2, 4]), member('b', [1, 3, 5]), member('c')])
    expect(found['a']).toEqual([0, 2])
    expect(found['b']).toEqual([1, 3])
    expect(found['c']).toEqual([4, 5])
  })

  test('of two that claim the same, the one that had it last keeps it', () => {
    expect(shares([member('away', [0, 1, 2], 3), member('heir', [0, 1, 2, 3, 4, 5], 4)])).toEqual({
      away: [3, 4, 5],
      heir: [0, 1, 2],
    })
  })

  test('a member that says something else than we do is treated as new', () => {
    const stranger = MemberMetadata.encode({ version: 1, topics: ['t'], userData: Buffer.from('?') })
    expect(shares([member('a', [0, 1]), { memberId: 'z', memberMetadata: stranger }], 2)).toEqual({ a: [0], z: [1] })
  })

  test('each topic among those who want it', () => {
    const members = [member('a'), member('b'), member('c', [], 1, 'u')]
    expect(shares(members)).toEqual({ a: [0, 1, 2], b: [3, 4, 5], c: [] })
    expect(shares(members, 2, 'u')).toEqual({ a: [], b: [], c: [0, 1] })
  })

  test('a topic that is not there yet: nobody has anything of it', () => {
    expect(shares([member('a')], 6, 'elsewhere')).toEqual({ a: [] })
  })

  test('whatever members claim: every partition has one owner, and shares differ by one at most', () => {
    const claims = fc.array(fc.tuple(fc.array(fc.nat(40)), fc.nat(5)), { minLength: 1, maxLength: 7 })
    fc.assert(
      fc.property(claims, fc.integer({ min: 1, max: 32 }), (claimed, partitions) => {
        const found = Object.values(
          shares(
            claimed.map(([held, generation], index) => member(`m${index}`, held, generation)),
            partitions,
          ),
        )
        const all = found.flat().toSorted((a, b) => a - b)
        expect(all).toEqual(Array.from({ length: partitions }, (_, index) => index))
        const sizes = found.map((share) => share.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

test('a member that was given nothing', () => {
  expect(decodeAssignment(Buffer.alloc(0), 't')).toEqual([])
})
