import { expect, it } from 'vitest'
import { appliesTo, isInPerson } from './addressee.ts'

const concept = (name: string) => ({ name, version: '1.0.0' })
const me = { participantType: concept('type'), participantId: concept('me') }

it.each([
  ['everybody', {}, true],
  ['everybody, though an id is there', { participantId: concept('other') }, true],
  ['all of my type', { participantType: concept('type') }, true],
  ['me', { participantType: concept('type'), participantId: concept('me') }, true],
  ['another of my type', { participantType: concept('type'), participantId: concept('other') }, false],
  ['another type', { participantType: concept('other') }, false],
  ['another version of my type', { participantType: { name: 'type', version: '1.0.1' } }, false],
])('a message for %s', (_whom, to, isMine) => {
  expect(appliesTo(to, me)).toBe(isMine)
})

it('is meant in person only where type and id are named', () => {
  expect(isInPerson({ participantType: me.participantType }, me)).toBe(false)
  expect(isInPerson({ participantId: me.participantId }, me)).toBe(false)
  expect(isInPerson({ ...me }, me)).toBe(true)
})
