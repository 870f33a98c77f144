import { describe, expect, test } from 'vitest'
import { eventsAfter, given, told } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { participantTypeEntity } from './entity.ts'
import type { ParticipantTypeCommand, ParticipantTypeEvent } from './protocol.ts'

const definition = participantTypeEntity(DEFAULT_ACTORS_CONFIG)
const ID = 'http:1.0.0'
const participantType = { name: 'http', version: '1.0.0' }
const type = (events: readonly ParticipantTypeEvent[]) => given(definition, ID, events)
const after = (...said: readonly ParticipantTypeCommand[]): ParticipantTypeEvent[] =>
  eventsAfter(
    definition,
    ID,
    [],
    said.map((command, index) => [command, index] as const),
  )

const named = (name: string) => ({ name, version: '1.0.0' })
const commissioned = (name: string, revision = 1): ParticipantTypeCommand => ({
  type: 'template-commissioned',
  template: named(name),
  revision,
})
const decommissioned = (name: string): ParticipantTypeCommand => ({
  type: 'template-decommissioned',
  template: named(name),
})
const here = (name: string): ParticipantTypeCommand => ({ type: 'participant-here', participantId: named(name) })
const gone = (name: string): ParticipantTypeCommand => ({ type: 'participant-gone', participantId: named(name) })
const defineFor = (name: string) => ({ type: 'define-for', participantId: named(name), participantType })

describe('a participant', () => {
  test('hears which templates there are, and each of them is asked to tell it', () => {
    const { effects } = type(after(commissioned('a'), commissioned('b')))(here('p'))
    expect(told(effects, 'participant')).toEqual([{ type: 'templates-needed', templates: [named('a'), named('b')] }])
    expect(told(effects, 'service-template')).toEqual([defineFor('p'), defineFor('p')])
    expect(effects.map((effect) => effect.type === 'tell' && effect.to.id)).toEqual(['p:1.0.0', 'a:1.0.0', 'b:1.0.0'])
  })

  test('hears it each time that it is here, and also if there is nothing', () => {
    const again = type(after(commissioned('a'), here('p')))(here('p'))
    expect(again.events).toEqual([])
    expect(told(again.effects, 'service-template')).toEqual([defineFor('p')])
    expect(told(type([])(here('p')).effects, 'participant')).toEqual([{ type: 'templates-needed', templates: [] }])
  })

  test('that is gone hears of nothing more', () => {
    const events = after(here('p'), here('q'), gone('p'))
    expect(told(type(events)(commissioned('a')).effects, 'service-template')).toEqual([defineFor('q')])
    expect(type(events)(gone('p')).events).toEqual([])
  })
})

describe('a template', () => {
  test('is asked to tell all participants when it is new, and when it has another revision', () => {
    const events = after(here('p'), here('q'), commissioned('a', 3))
    expect(told(type(after(here('p'), here('q')))(commissioned('a', 3)).effects, 'service-template')).toHaveLength(2)
    expect(type(events)(commissioned('a', 3))).toMatchObject({ events: [], effects: [] })
    expect(type(events)(commissioned('a', 2)).events).toEqual([])
    expect(told(type(events)(commissioned('a', 5)).effects, 'service-template')).toEqual([
      defineFor('p'),
      defineFor('q'),
    ])
  })

  test('that goes is gone for all participants; they hear whether it was the last', () => {
    const two = after(here('p'), commissioned('a'), commissioned('b'))
    const first = type(two)(decommissioned('a'))
    expect(told(first.effects, 'participant')).toEqual([{ type: 'undefine', template: named('a'), isLast: false }])
    const last = type([...two, ...first.events])(decommissioned('b'))
    expect(told(last.effects, 'participant')).toEqual([{ type: 'undefine', template: named('b'), isLast: true }])
    expect(type([])(decommissioned('b')).events).toEqual([])
  })
})

test('without participants and templates nothing is left of it', () => {
  expect(type(after(here('p')))(gone('p')).effects).toEqual([{ type: 'forget' }])
  expect(type(after(commissioned('a')))(decommissioned('a')).effects).toEqual([{ type: 'forget' }])
  expect(type(after(commissioned('a'), here('p')))(gone('p')).effects).toEqual([])
})
