/** What is commissioned comes to those who need it, whoever was there first, and whatever happens to them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { controlLoopRef, definitionRef, serviceTemplateRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import type { DefinitionState } from '../control-loop-definition/protocol.ts'
import type { TemplateState } from '../service-template/protocol.ts'
import { contentOf, named } from '../service-template/testing/sample-template.ts'
import { CommissioningSystem } from './testing/commissioning-system.ts'

const TIMES: Partial<ActorsConfig> = {
  statusTimeoutMs: 100_000,
  statusQuestionMs: 20_000,
  statusQuestionsMax: 4,
  definitionTimeoutMs: 20_000,
  definitionAttemptsMax: 4,
}
const one = contentOf({ pmsh: { elements: { rest: 'http', policy: 'policy' } } })
const another = contentOf({ gentle: { elements: { other: 'http' } } })

let system: CommissioningSystem
beforeEach(async () => {
  system = await new CommissioningSystem(TIMES).start()
})
afterEach(() => system.stop())

const definition = (name: string) => system.system.state<DefinitionState>(definitionRef(named(name)))
const template = (name: string) => system.system.state<TemplateState>(serviceTemplateRef(named(name)))
const knownBy = (name: string) =>
  Object.entries(definition(name)?.knownBy ?? {}).map(([participant, { state, revision }]) => [
    participant,
    state,
    revision,
  ])

describe('participants and templates meet', () => {
  test('one that registers is told what is commissioned, then that it is registered', async () => {
    await system.commission('one', one)
    await system.commission('another', another)
    const messageId = await system.register('p')
    const messages = system.messages()
    expect(messages.map(({ messageType }) => messageType)).toEqual([
      'PARTICIPANT_UPDATE',
      'PARTICIPANT_UPDATE',
      'PARTICIPANT_REGISTER_ACK',
    ])
    expect(messages.map(({ participantDefinitionUpdates }) => JSON.stringify(participantDefinitionUpdates))).toEqual([
      expect.stringContaining('"rest"') as string,
      expect.stringContaining('"other"') as string,
      undefined,
    ])
    // Each type of participant its own elements.
    expect(JSON.stringify(messages)).not.toContain('"policy"')
    expect(messages[2]).toMatchObject({ responseTo: messageId, result: true, participantId: named('p') })
    expect(knownBy('pmsh')).toEqual([['p:1.0.0', 'sent', 1]])
    await system.acknowledge('p')
    expect(knownBy('pmsh')).toEqual([['p:1.0.0', 'known', 1]])
    expect(knownBy('gentle')).toEqual([['p:1.0.0', 'known', 1]])
  })

  test('those that are here already are told when something is commissioned', async () => {
    await system.register('p')
    await system.register('q')
    await system.register('r', 'dcae')
    expect(system.said()).toEqual(['p', 'q', 'r'].map((name) => `PARTICIPANT_REGISTER_ACK ${name}`))
    await system.commission('one', one)
    await system.system.pass(50)
    expect([...system.said()].sort()).toEqual(['PARTICIPANT_UPDATE p', 'PARTICIPANT_UPDATE q'])
  })

  test('the loops of one that is up to date are told, once, after a moment', async () => {
    await system.commission('one', one)
    await system.register('p')
    await system.system.pass(5_000)
    expect(system.returns()).toEqual([])
    await system.acknowledge('p')
    await system.system.pass(5_000)
    expect(system.returns()).toEqual(['p'])
    await system.report('p')
    await system.system.pass(5_000)
    expect(system.returns()).toEqual(['p'])
  })

  test('one that restarts is told everything anew; so is the node that restarts', async () => {
    await system.commission('one', one)
    await system.register('p')
    await system.acknowledge('p')
    await system.system.pass(2_000)
    system.messages()
    await system.system.restart()
    await system.register('p')
    expect(system.said()).toEqual(['PARTICIPANT_UPDATE p', 'PARTICIPANT_REGISTER_ACK p'])
    expect(knownBy('pmsh')).toEqual([['p:1.0.0', 'sent', 1]])
    await system.acknowledge('p')
    await system.system.pass(2_000)
    expect(system.returns()).toEqual(['p', 'p'])
  })

  test('a changed template is sent again, and has to be acknowledged again', async () => {
    await system.commission('one', one)
    await system.register('p')
    await system.acknowledge('p')
    system.messages()
    const changed = contentOf({ pmsh: { elements: { rest: 'http', policy: 'policy' } } }, 2)
    expect(await system.commission('one', changed)).toMatchObject({ ok: true, value: { revision: 2, repeated: false } })
    await system.system.pass(50)
    expect(system.said()).toEqual(['PARTICIPANT_UPDATE p'])
    expect(knownBy('pmsh')).toEqual([['p:1.0.0', 'sent', 2]])
    expect(await system.commission('one', changed)).toMatchObject({ value: { revision: 2, repeated: true } })
    await system.system.pass(50)
    expect(system.said()).toEqual([])
  })
})

describe('templates come and go', () => {
  test('decommissioned, participants hear it: the last one takes all with it', async () => {
    await system.register('p')
    await system.commission('one', one)
    await system.commission('another', another)
    await system.system.pass(50)
    await system.acknowledge('p')
    system.messages()
    expect(await system.decommission('one')).toMatchObject({ ok: true })
    await system.system.pass(50)
    // Istanbul has no word for one of several.
    expect(system.said()).toEqual([])
    expect(Object.keys(system.participant('p').templates)).toEqual(['another:1.0.0'])
    expect(await system.decommission('another')).toMatchObject({ ok: true })
    await system.system.pass(50)
    expect(system.messages()).toMatchObject([{ messageType: 'PARTICIPANT_UPDATE', participantDefinitionUpdates: [] }])
    expect(definition('pmsh')?.presence).toBe('absent')
    expect(await system.decommission('one')).toMatchObject({ rejection: { code: 'service-template-not-found' } })
    expect(await system.commission('one', one)).toMatchObject({ value: { repeated: false } })
  })

  test('a type that another template has can’t be claimed; nothing of the second is left', async () => {
    await system.commission('one', one)
    const both = contentOf({ gentle: { elements: { other: 'http' } }, pmsh: { elements: { rest: 'http' } } })
    expect(await system.commission('two', both)).toEqual({
      ok: false,
      rejection: {
        code: 'definition-exists',
        reason: 'control loop definition pmsh:1.0.0 belongs to service template one:1.0.0 already',
        details: { definition: 'pmsh:1.0.0' },
      },
    })
    await system.system.pass(50)
    expect(template('two')).toMatchObject({ presence: 'absent', content: null })
    expect(definition('gentle')?.presence).toBe('absent')
    expect(definition('pmsh')).toMatchObject({ presence: 'commissioned', template: named('one') })
    expect(await system.commission('another', another)).toMatchObject({ ok: true })
  })

  test('of two that want the same at the same time one gets it, and both are answered', async () => {
    const replies = await Promise.all([system.commission('one', one), system.commission('two', one)])
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1)
    await system.system.pass(50)
    const [first] = replies
    expect(definition('pmsh')).toMatchObject({ presence: 'commissioned', template: named(first.ok ? 'one' : 'two') })
  })

  test('the same ordered by several at once is done once, and all are answered', async () => {
    const replies = await Promise.all(Array.from({ length: 4 }, () => system.commission('one', one)))
    for (const reply of replies) expect(reply).toMatchObject({ ok: true, value: { revision: 1 } })
    expect(template('one')).toMatchObject({ revision: 1 })
  })

  test('while a loop of it exists it can neither go nor lose what the loop needs', async () => {
    await system.commission('one', one)
    const loop = {
      type: 'create',
      spec: {
        definition: named('pmsh'),
        description: '',
        elements: [
          {
            elementId: '709c62b3-8918-41b9-a747-d21eb79c6c20',
            definition: named('rest'),
            participantType: named('http'),
            participantId: named('p'),
            description: '',
            properties: {},
          },
        ],
      },
    }
    expect(await system.system.ask(controlLoopRef(named('loop')), loop)).toMatchObject({ ok: true })
    expect(await system.decommission('one')).toMatchObject({ rejection: { code: 'definition-in-use' } })
    expect(await system.commission('one', contentOf({ pmsh: { elements: { policy: 'policy' } } }))).toMatchObject({
      rejection: { code: 'definition-in-use' },
    })
    expect(await system.commission('one', contentOf({ gentle: { elements: { other: 'http' } } }))).toMatchObject({
      rejection: { code: 'definition-in-use' },
    })
    await system.system.pass(50)
    expect(definition('pmsh')).toMatchObject({ presence: 'commissioned', claim: null, loops: 1 })
    expect(definition('gentle')?.presence ?? 'absent').toBe('absent')
    expect(await system.system.ask(controlLoopRef(named('loop')), { type: 'delete' })).toMatchObject({ ok: true })
    expect(await system.decommission('one')).toMatchObject({ ok: true })
  })
})

describe('participants come and go', () => {
  test('one that deregisters is answered, and hears of nothing more', async () => {
    await system.commission('one', one)
    await system.register('p')
    await system.acknowledge('p')
    system.messages()
    await system.say('p', {
      type: 'deregister',
      participantType: named('http'),
      generation: 'istanbul',
      messageId: 'd',
    })
    expect(system.messages()).toMatchObject([{ messageType: 'PARTICIPANT_DEREGISTER_ACK', responseTo: 'd' }])
    expect(knownBy('pmsh')).toEqual([])
    await system.commission('another', another)
    await system.system.pass(300_000)
    expect(system.said()).toEqual([])
  })

  test('silent for too long it is asked, then off line with an alarm; heard again all is well', async () => {
    await system.commission('one', one)
    await system.register('p')
    await system.acknowledge('p')
    await system.report('p')
    await system.system.pass(99_000)
    await system.report('p')
    system.messages()
    await system.system.pass(99_000)
    expect(system.participant('p').healthStatus).toBe('HEALTHY')
    await system.system.pass(2_000)
    expect([system.said(), system.participant('p').healthStatus]).toEqual([['PARTICIPANT_STATUS_REQ p'], 'NOT_HEALTHY'])
    await system.system.pass(60_000)
    expect(system.said()).toHaveLength(3)
    await system.system.pass(20_000)
    expect(system.participant('p').healthStatus).toBe('OFF_LINE')
    await system.system.pass(600_000)
    expect(system.said()).toEqual([])
    const alarms = () =>
      system.live().flatMap((event) => (event.eventType === 'AlarmEvent' ? [event.notificationType] : []))
    expect(alarms()).toEqual(['notifyNewAlarm'])

    await system.report('p')
    expect(system.said()).toEqual(['PARTICIPANT_UPDATE p'])
    expect(alarms()).toEqual(['notifyNewAlarm', 'notifyClearedAlarm'])
    await system.acknowledge('p')
    await system.system.pass(2_000)
    expect(system.participant('p')).toMatchObject({ healthStatus: 'HEALTHY', alarmId: null, arrival: null })
    expect(system.returns()).toEqual(['p', 'p'])
    expect(
      system.live().flatMap((event) => (event.eventType === 'ParticipantStateChangeEvent' ? [event.healthStatus] : [])),
    ).toEqual(['UNKNOWN', 'HEALTHY', 'NOT_HEALTHY', 'OFF_LINE', 'HEALTHY'])
  })

  test('what is not acknowledged is sent four times, ever later; then an alarm says so, until it is', async () => {
    await system.commission('one', one)
    await system.register('p')
    const sent: number[] = []
    for (let second = 0; second < 600; second += 10) {
      for (const message of system.messages()) if (message['messageType'] === 'PARTICIPANT_UPDATE') sent.push(second)
      await system.report('p')
      await system.system.pass(9_950)
    }
    expect(sent).toEqual([0, 20, 60, 140])
    expect(system.participant('p')).toMatchObject({ templates: { 'one:1.0.0': { state: 'silent', attempt: 4 } } })
    // Its loops were told: it may have what it needs, and they see for themselves.
    expect(system.returns()).toEqual(['p'])
    const { messageId = '' } = system.participant('p').templates['one:1.0.0'] ?? {}
    await system.say('p', { type: 'definitions-known', responseTo: messageId, ok: true, message: '' })
    expect(knownBy('pmsh')).toEqual([['p:1.0.0', 'known', 1]])
    expect(system.participant('p').definitionsAlarmId).toBeNull()
  })

  test('found without a registration it is told all the same', async () => {
    await system.commission('one', one)
    await system.report('p')
    expect(system.said()).toEqual(['PARTICIPANT_UPDATE p'])
    await system.acknowledge('p')
    await system.system.pass(2_000)
    expect(system.returns()).toEqual(['p'])
  })

  test('a node that dies in between loses nothing of it', async () => {
    await system.commission('one', one)
    await system.register('p')
    await system.system.restart()
    await system.acknowledge('p')
    await system.system.restart()
    await system.system.pass(2_000)
    expect(system.returns()).toEqual(['p'])
    await system.system.restart()
    await system.system.pass(200_000)
    expect(system.participant('p').healthStatus).toBe('OFF_LINE')
  })
})
