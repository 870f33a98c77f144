import { expect, test } from 'vitest'
import type { Queries } from '../../runtime/client.ts'
import type { EntityFields } from '../../runtime/ports.ts'
import { ManualClock } from '../../runtime/testing/manual-clock.ts'
import { registeredParticipants } from './registered-participants.ts'

const ONE = 'one:1.0.0'
const TYPE = 'some.Type:1.0.0'
const registered: EntityFields = { participantType: TYPE, registration: 'Registered' }
const gone: EntityFields = { participantType: TYPE, registration: 'Deregistered' }

const setUp = () => {
  const clock = new ManualClock()
  const stored = new Map<string, EntityFields>([[ONE, registered]])
  const reads: string[] = []
  const queries = {
    fields: async (refs: readonly { readonly id: string }[]) => {
      reads.push(...refs.map(({ id }) => id))
      return refs.map(({ id }) => stored.get(id))
    },
  } as unknown as Queries
  const asks = { read: <Value>(query: Promise<Value>) => query, ask: () => Promise.reject(new Error('unused')) }
  return { clock, stored, reads, participants: registeredParticipants(queries, asks, clock) }
}

test('what is known of a registered participant is recent for 100 ms', async () => {
  const { clock, stored, reads, participants } = setUp()
  expect(await participants.recentTypesOf([ONE])).toEqual(new Map([[ONE, TYPE]]))
  stored.set(ONE, gone)
  clock.advance(100)
  expect(await participants.recentTypesOf([ONE])).toEqual(new Map([[ONE, TYPE]]))
  clock.advance(1)
  expect(await participants.recentTypesOf([ONE])).toEqual(new Map())
  expect(reads).toEqual([ONE, ONE])
})

test('that one is not registered is asked for anew each time, and a fresh read is never older than the question', async () => {
  const { stored, participants } = setUp()
  stored.set(ONE, gone)
  expect(await participants.recentTypesOf([ONE])).toEqual(new Map())
  stored.set(ONE, registered)
  expect(await participants.recentTypesOf([ONE])).toEqual(new Map([[ONE, TYPE]]))
  stored.set(ONE, gone)
  expect(await participants.typesOf([ONE])).toEqual(new Map())
  expect(await participants.recentTypesOf([ONE])).toEqual(new Map())
})
