import { expect, test } from 'vitest'
import { eventsAfter, given, timersSet } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { descriptorEntity } from './entity.ts'
import type { DescriptorCommand, DescriptorEvent } from './protocol.ts'

const definition = descriptorEntity({ ...DEFAULT_ACTORS_CONFIG, descriptorCharsMax: 500 })
const NAME = 'resource::router::1.0'
const descriptor = (events: readonly DescriptorEvent[] = []) => given(definition, NAME, events)
const text = `name: ${NAME}\ndescription: first\nlifecycle: {Create: {}}\n`
const put = (mode: 'create' | 'replace' | 'put', given = text): DescriptorCommand => ({
  type: 'put',
  text: given,
  mode,
})
const there = eventsAfter(definition, NAME, [], [[put('create'), 10]])

test('what can be read is put, and its revision rises', () => {
  const first = descriptor()(put('create'), 10)
  expect(first.reply).toMatchObject({ descriptorName: NAME, revision: 1, created: true })
  expect(definition.fields?.(first.state)).toMatchObject({ name: NAME, kind: 'resource', description: 'first' })
  const second = descriptor(there)(put('replace', text.replace('first', 'second')), 20)
  expect(second.reply).toMatchObject({ revision: 2, created: false })
  expect(second.state).toMatchObject({ createdAtMs: 10, lastModifiedAtMs: 20, description: 'second' })
})

test('the same text again is no event', () => {
  expect(descriptor(there)(put('put'))).toMatchObject({ events: [], reply: { revision: 1, created: false } })
})

test('what can’t be read is refused with the findings; oddities are warnings', () => {
  const wrong = descriptor()(put('put', `name: ${NAME}\nlifecycle: 7\n`))
  expect(wrong.reject).toMatchObject({ code: 'descriptor-invalid' })
  expect(wrong.reject?.details?.['findings']).toMatchObject([{ severity: 'error', line: 2 }])
  expect(descriptor()(put('put', text.replace('router', 'other'))).reject?.code).toBe('descriptor-invalid')
  expect(descriptor()(put('put', `${text}#${'x'.repeat(500)}`)).reject?.code).toBe('descriptor-too-large')
  const odd = descriptor()(put('put', `${text}properties: {a: {descripion: x}}\n`))
  expect(odd.reply).toMatchObject({ warnings: [{ severity: 'warning', code: 'misspelled-key' }] })
})

test('modes and removal hold to whether it is there', () => {
  expect(descriptor(there)(put('create')).reject?.code).toBe('descriptor-exists')
  expect(descriptor()(put('replace')).reject).toEqual({
    code: 'descriptor-not-found',
    reason: `No descriptor found with name: ${NAME}`,
  })
  expect(descriptor()({ type: 'remove' }).reject?.code).toBe('descriptor-not-found')
  const removed = descriptor(there)({ type: 'remove' }, 30)
  expect(definition.fields?.(removed.state)).toBeNull()
  expect(timersSet(removed.effects)).toEqual([{ name: 'forget', dueMs: 30 + DEFAULT_ACTORS_CONFIG.removedRetentionMs }])
  const again = descriptor([...there, ...removed.events])(put('create'), 40)
  expect([again.reply, again.effects]).toMatchObject([{ revision: 2 }, [{ type: 'cancel-timer', name: 'forget' }]])
})
