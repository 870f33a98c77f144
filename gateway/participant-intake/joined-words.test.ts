import { expect, test } from 'vitest'
import { controlLoopRef, participantRef } from '../../actors/addresses.ts'
import type { LoopCommand } from '../../actors/control-loop/protocol.ts'
import type { Tagged } from '../../runtime/entity.ts'
import { RuntimeFault } from '../../runtime/fault.ts'
import { joinedWords } from './joined-words.ts'

const loop = (name: string) => controlLoopRef({ name, version: '1.0.0' })
const participantId = { name: 'one', version: '1.0.0' }
const word = (id: string, results = 1): LoopCommand => ({
  type: 'elements-changed',
  participantId,
  responseTo: id,
  isKnownAlready: false,
  ok: true,
  message: '',
  results: Array.from({ length: results }, (_, index) => ({
    elementId: `${id}-${index}`,
    state: 'PASSIVE' as const,
    ok: true,
    message: '',
  })),
})

const underTest = (outcome: (message: Tagged) => Promise<void> = () => Promise.resolve()) => {
  const said: { readonly to: string; readonly message: Tagged }[] = []
  const tell = joinedWords((to, message) => {
    said.push({ to: to.id, message })
    return outcome(message)
  })
  return { said, tell: (to: Parameters<typeof tell>[0], message: Tagged) => tell(to, message, { sender: 'test' }) }
}

test('words on a loop that come together are one message; a word that comes alone stays what it is', async () => {
  const { said, tell } = underTest()
  await Promise.all([tell(loop('a'), word('1')), tell(loop('b'), word('2')), tell(loop('a'), word('3'))])
  expect(said).toEqual([
    { to: 'a:1.0.0', message: { type: 'several-changed', words: [word('1'), word('3')] } },
    { to: 'b:1.0.0', message: word('2') },
  ])
  await tell(loop('a'), word('4'))
  expect(said.at(-1)?.message).toEqual(word('4'))
})

test('what is said to an entity stays in its order', async () => {
  const { said, tell } = underTest()
  const returned = { type: 'participant-returned', participantId, arrival: 2 }
  await Promise.all([tell(loop('a'), word('1')), tell(loop('a'), returned), tell(loop('a'), word('2'))])
  expect(said.map(({ message }) => message)).toEqual([word('1'), returned, word('2')])
})

test('what is no word on a loop goes on at once', () => {
  const { said, tell } = underTest()
  void tell(loop('a'), word('1'))
  void tell(participantRef(participantId), { type: 'register' })
  expect(said.map(({ to }) => to)).toEqual(['one:1.0.0'])
})

test('no message has more elements than a bound, but for one that came so', async () => {
  const { said, tell } = underTest()
  await Promise.all([word('1', 40), word('2', 24), word('3', 1), word('4', 500)].map((each) => tell(loop('a'), each)))
  expect(said.map(({ message }) => message)).toEqual([
    { type: 'several-changed', words: [word('1', 40), word('2', 24)] },
    word('3', 1),
    word('4', 500),
  ])
})

test('all whose words a message has learn that it failed', async () => {
  const { tell } = underTest(() => Promise.reject(new Error('no log')))
  const outcomes = await Promise.allSettled([tell(loop('a'), word('1')), tell(loop('a'), word('2'))])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

test('answers that name no element count, too', async () => {
  const { said, tell } = underTest()
  await Promise.all(Array.from({ length: 65 }, (_, index) => tell(loop('a'), word(String(index), 0))))
  expect(said.map(({ message }) => (message as { words?: readonly unknown[] }).words?.length)).toEqual([64, undefined])
})

test('a message of several that can never be handled is said again word by word, so that none is lost for another', async () => {
  const lie = word('2')
  const tooLong = new RuntimeFault('limit-exceeded', 'too long')
  const { said, tell } = underTest((message) =>
    message.type === 'several-changed' || message === lie ? Promise.reject(tooLong) : Promise.resolve(),
  )
  const outcomes = await Promise.allSettled([word('1'), lie, word('3')].map((each) => tell(loop('a'), each)))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(said.slice(1).map(({ message }) => message)).toEqual([word('1'), lie, word('3')])
})
