import { describe, expect, test } from 'vitest'
import type { ElementOrder, Order } from '../../participants/protocol/conversation.ts'
import { GENERATIONS } from '../../participants/protocol/generation.ts'
import { eventsAfter, given, published, timersSet, told } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { serviceTemplateEntity } from './entity.ts'
import { evolve } from './evolution.ts'
import type { Content, TemplateCommand, TemplateEvent } from './protocol.ts'
import { contentOf, named } from './testing/sample-template.ts'

const definition = serviceTemplateEntity({ ...DEFAULT_ACTORS_CONFIG, removedRetentionMs: 10_000 })
const ID = 'template:1.0.0'
const [id, pmsh, gentle] = [named('template'), named('pmsh'), named('gentle')]
const template = (events: readonly TemplateEvent[]) => given(definition, ID, events)
const after = (first: readonly TemplateEvent[], ...said: readonly TemplateCommand[]): TemplateEvent[] =>
  eventsAfter(
    definition,
    ID,
    first,
    said.map((command, index) => [command, index + 1] as const),
  )

const both = contentOf({
  pmsh: { elements: { policy: 'policy', micro: 'kubernetes' } },
  gentle: { elements: { rest: 'http' } },
})
const commission = (content: Content = both): TemplateCommand => ({ type: 'commission', content })
const claimed = (definition: typeof pmsh, revision = 1): TemplateCommand => ({
  type: 'claim-answered',
  definition,
  revision,
})
const retired = (definition: typeof pmsh, revision = 2): TemplateCommand => ({
  type: 'retire-answered',
  definition,
  revision,
})
const refused = { code: 'definition-exists', reason: 'another has it' }
const decommission: TemplateCommand = { type: 'decommission' }
const commissioned = after([], commission(), claimed(pmsh), claimed(gentle))

describe('it is commissioned', () => {
  test('when each of its types of loops has agreed, one after the other, and then at once', () => {
    const first = template([])(commission(), 5)
    expect(first.effects).toContainEqual({
      type: 'tell',
      to: { kind: 'control-loop-definition', id: 'pmsh:1.0.0' },
      message: { type: 'claim', template: id, revision: 1, definition: both.loopTypes[0]?.type, isChanged: true },
      forwardReply: true,
    })
    expect(told(first.effects, 'control-loop-definition')).toHaveLength(1)
    expect(first.state).toMatchObject({ presence: 'commissioning', content: null, revision: 0 })
    const second = template(first.events)(claimed(pmsh))
    expect(second.reply).toBeUndefined()
    expect(told(second.effects, 'control-loop-definition')).toMatchObject([{ type: 'claim' }])
    const last = template([...first.events, ...second.events])(claimed(gentle))
    expect(last.reply).toEqual({ ...id, revision: 1, repeated: false })
    expect(last.state).toMatchObject({ presence: 'commissioned', content: both, next: null, revision: 1 })
    const confirm = { type: 'confirm-claim', template: id, revision: 1 }
    expect(told(last.effects, 'control-loop-definition')).toEqual([confirm, confirm])
    expect(told(last.effects, 'participant-type')).toEqual(
      Array.from({ length: 3 }, () => ({ type: 'template-commissioned', template: id, revision: 1 })),
    )
  })

  test('the same content again changes nothing, however it is ordered', () => {
    const turned = JSON.parse(JSON.stringify(both)) as Content
    const again = template(commissioned)(commission({ ...turned, fragment: both.fragment }))
    expect([again.events, again.effects, again.reply]).toEqual([[], [], { ...id, revision: 1, repeated: true }])
  })

  test('without types of loops it is so at once', () => {
    expect(template([])(commission(contentOf({}))).reply).toMatchObject({ revision: 1 })
  })

  test('not if one of its types is refused: those that had agreed are told, and the asker why', () => {
    const events = after([], commission(), claimed(pmsh))
    const state = events.reduce(evolve, definition.initial(ID))
    const answer = { ...claimed(gentle), refused } as TemplateCommand
    const decision = definition.decide(state, answer, {
      self: { kind: definition.kind, id: ID },
      nowMs: 1_000,
      messageId: 'm',
      sender: '',
      trace: '',
      newId: () => 'id',
      random: () => 0,
    })
    expect(decision.reject).toEqual({ ...refused, details: { definition: 'gentle:1.0.0' } })
    const all = [...events, ...(decision.events ?? [])]
    expect(all.map(({ type }) => type).slice(-2)).toEqual(['claim-answered', 'commissioning-failed'])
    const failed = template(all)({ type: 'define-for', participantId: named('p'), participantType: named('http') })
    expect(failed.state).toMatchObject({ presence: 'absent', content: null, next: null, revision: 0, lastRevision: 1 })
    const last = all.at(-1) as TemplateEvent
    const effects = definition.react(failed.state, last, {} as never)
    const giveUp = { type: 'give-up-claim', template: id, revision: 1 }
    expect(told(effects, 'control-loop-definition')).toEqual([giveUp, giveUp])
    expect(timersSet(effects).map(({ name }) => name)).toEqual(['forget'])
  })
})

describe('while that is under way', () => {
  const underWay = after([], commission())

  test('whoever orders something else is refused, whoever orders the same goes along', () => {
    expect(template(underWay)(commission(contentOf({}))).reject?.code).toBe('template-busy')
    expect(template(underWay)(decommission).reject?.code).toBe('template-busy')
    const same = template(underWay)(commission())
    expect([same.events, same.reply]).toEqual([[], undefined])
    expect(same.effects).toMatchObject([{ type: 'tell', message: { type: 'claim' }, forwardReply: true }])
    // Its answer comes behind the first's, when all is over.
    const late = template(commissioned)(claimed(gentle))
    expect([late.events, late.reply]).toEqual([[], { ...id, revision: 1, repeated: false }])
    expect(template(after(commissioned, decommission))(claimed(gentle)).reject?.code).toBe('template-busy')
  })

  test('it tells for whom it waits', () => {
    const { state } = template(after([], commission(), claimed(pmsh)))(claimed(pmsh))
    expect(definition.waiting?.(state)).toMatchObject([{ on: 'control-loop-definition/gentle:1.0.0', sinceMs: 1 }])
  })
})

describe('it is changed', () => {
  test('only types whose elements differ count as changed', () => {
    const next = {
      ...both,
      elements: both.elements.map((one, index) =>
        index < 2 ? one : { ...one, element: { ...one.element, commonProperties: { interval: 2 } } },
      ),
    }
    const events = after(commissioned, commission(next))
    const claims = [commissioned, events].map((before, index) =>
      told(template(before)(index === 0 ? commission(next) : claimed(pmsh, 2)).effects, 'control-loop-definition'),
    )
    expect(claims).toMatchObject([
      [{ type: 'claim', revision: 2, isChanged: false }],
      [{ type: 'claim', revision: 2, isChanged: true }],
    ])
    const done = after(events, claimed(pmsh, 2), claimed(gentle, 2))
    expect(template(done)(commission(next)).reply).toEqual({ ...id, revision: 2, repeated: true })
  })

  test('a fragment that differs changes the types that need it', () => {
    const of = (interval: string, needsFragment: boolean) => ({
      ...contentOf({ pmsh: { elements: { policy: 'policy' }, needsFragment } }),
      fragment: { policies: interval },
    })
    for (const needsFragment of [true, false]) {
      const before = after([], commission(of('a', needsFragment)), claimed(pmsh))
      expect(
        told(template(before)(commission(of('b', needsFragment))).effects, 'control-loop-definition'),
      ).toMatchObject([{ isChanged: needsFragment }])
    }
  })

  test('a type that it loses is retired, and types of participants that it leaves are told', () => {
    const next = contentOf({ pmsh: { elements: { policy: 'policy', micro: 'kubernetes' } } })
    const first = template(commissioned)(commission(next))
    expect(told(first.effects, 'control-loop-definition')).toMatchObject([{ type: 'prepare-to-retire', revision: 2 }])
    const events = after(commissioned, commission(next), retired(gentle))
    const last = template(events)(claimed(pmsh, 2))
    expect(told(last.effects, 'control-loop-definition')).toEqual([
      { type: 'confirm-claim', template: id, revision: 2 },
      { type: 'retire', template: id },
    ])
    expect(told(last.effects, 'participant-type')).toEqual([
      { type: 'template-decommissioned', template: id },
      { type: 'template-commissioned', template: id, revision: 2 },
      { type: 'template-commissioned', template: id, revision: 2 },
    ])
  })

  test('until then the one before is in force', () => {
    const { state } = template(commissioned)(commission(contentOf({})))
    expect(state).toMatchObject({ presence: 'commissioning', content: both, revision: 1 })
    expect(template(after(commissioned, commission(contentOf({}))))(defineFor('http')).effects).toHaveLength(1)
  })
})

describe('it is decommissioned', () => {
  test('when each of its types can go; then all go, and its content with them', () => {
    const first = template(commissioned)(decommission)
    expect(told(first.effects, 'control-loop-definition')).toEqual([
      { type: 'prepare-to-retire', template: id, revision: 2 },
    ])
    const last = template(after(commissioned, decommission, retired(pmsh)))(retired(gentle), 1_000)
    expect(last.reply).toEqual({ ...id, revision: 1, repeated: false })
    expect(told(last.effects, 'control-loop-definition')).toHaveLength(2)
    expect(told(last.effects, 'participant-type')).toHaveLength(3)
    expect(last.state).toMatchObject({ presence: 'absent', content: null })
    expect(definition.fields?.(last.state)).toBeNull()
    expect(timersSet(last.effects)).toEqual([{ name: 'forget', dueMs: 11_000 }])
    const gone = after(commissioned, decommission, retired(pmsh), retired(gentle))
    expect(template(gone)(decommission).reject?.code).toBe('service-template-not-found')
    expect(template(gone)(defineFor('http')).effects).toEqual([])
    expect(template(gone)({ type: 'forget' }).effects).toEqual([{ type: 'forget' }])
    const anew = template(gone)(commission())
    expect(anew.events).toMatchObject([{ type: 'commissioning', revision: 3 }])
    expect(anew.effects).toContainEqual({ type: 'cancel-timer', name: 'forget' })
  })

  test('not while one of them is needed: the others stay', () => {
    const events = after(commissioned, decommission, retired(pmsh))
    const inUse = { code: 'definition-in-use', reason: 'there is 1 control loop' }
    const outcome = template(events)({ ...retired(gentle), refused: inUse } as TemplateCommand)
    expect(outcome.reject).toEqual({ ...inUse, details: { definition: 'gentle:1.0.0' } })
    expect(template([])(decommission).reject?.code).toBe('service-template-not-found')
  })
})

const defineFor = (type: string): TemplateCommand => ({
  type: 'define-for',
  participantId: named('p'),
  participantType: named(type),
})

describe('participants', () => {
  test('are told the elements of their type, and which types of loops rely on them', () => {
    expect(template(commissioned)(defineFor('http')).effects).toEqual([
      {
        type: 'tell',
        to: { kind: 'participant', id: 'p:1.0.0' },
        message: {
          type: 'define',
          template: id,
          revision: 1,
          participantType: named('http'),
          elements: [both.elements[2]?.element],
          definitions: [gentle],
        },
      },
    ])
    expect(template(commissioned)(defineFor('dcae')).effects).toEqual([])
    expect(template(after([], commission()))(defineFor('http')).effects).toEqual([])
  })

  test('get policies and types with the elements that need them', () => {
    const content = contentOf({
      pmsh: { elements: { policy: 'policy' }, needsFragment: true },
      gentle: { elements: { rest: 'http' } },
    })
    const events = after([], commission(content), claimed(pmsh), claimed(gentle))
    const element = (name: string): ElementOrder => ({
      elementId: name,
      definition: named(name),
      participantType: named('any'),
      participantId: named('p'),
      state: 'UNINITIALISED',
      orderedState: 'PASSIVE',
      properties: {},
    })
    const order: Order = {
      type: 'instantiate',
      messageId: 'm',
      atMs: 1,
      to: {},
      loop: named('loop'),
      startPhase: 0,
      participants: [{ participantId: named('p'), elements: [element('policy'), element('rest')] }],
    }
    const said: TemplateCommand = {
      type: 'publish-order',
      generation: 'istanbul',
      key: 'loop:1.0.0',
      order,
    }
    const outcome = template(events)(said)
    expect(outcome.events).toEqual([])
    const [message] = published(outcome.effects, DEFAULT_ACTORS_CONFIG.participantTopic)
    const read = GENERATIONS.istanbul.decodeOrder(message)
    expect(read).toMatchObject({
      kind: 'message',
      message: { participants: [{ elements: [{ templateFragment: content.fragment }, { elementId: 'rest' }] }] },
    })
    expect(JSON.stringify(message).match(/policy_types/g)).toHaveLength(1)
    // What it no longer has it can't add.
    expect(JSON.stringify(template([])(said).effects)).not.toContain('policy_types')
  })
})
