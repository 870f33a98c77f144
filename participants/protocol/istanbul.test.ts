import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HONOLULU_STATUS, ORDER_SAMPLES, REPORT_SAMPLES, SAMPLE_AT_MS } from '../testing/wire-samples.ts'
import { order as orderSchema, report as reportSchema } from './conversation.ts'
import { istanbul } from './istanbul.ts'

const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const TYPE = { name: 'org.example.Participant', version: '1.0.0' }
const OTHER_TYPE = { name: 'org.example.Other', version: '1.0.0' }
const ID = { name: 'Participant0', version: '1.0.0' }
const LOOP = { name: 'Loop0', version: '1.0.0' }
const reader = { participantType: TYPE, participantId: ID }
const orderHead = { messageId: 'm-1', timestamp: '2021-10-01T09:00:00Z' }

describe('orders', () => {
  it.each(ORDER_SAMPLES.map((sample) => [sample.wire['messageType'], sample] as const))(
    '%s is written and read to the letter',
    (_type, { order, wire }) => {
      expect(orderSchema.parse(order)).toEqual(order)
      expect(istanbul.encodeOrder(order).map(sent)).toEqual([wire])
      expect(istanbul.decodeOrder(sent(wire))).toEqual({ kind: 'message', message: order })
      // What later releases and others add is of no importance.
      const more = { ...wire, partitionKey: null, somethingNew: [1] }
      expect(istanbul.decodeOrder(more)).toEqual({ kind: 'message', message: order })
      expect(istanbul.decodeReport(sent(wire))).toEqual({ kind: 'foreign' })
    },
  )

  it('takes both spellings, nanoseconds, nulls and plain values', () => {
    const wire = {
      messageType: 'CONTROL_LOOP_UPDATE',
      messageId: 'm-1',
      timestamp: '2021-10-01T09:00:00.123456789Z',
      participantType: TYPE,
      participantId: null,
      controlLoopId: LOOP,
      startPhase: null,
      participantUpdatesList: [
        {
          participantId: ID,
          controlLoopElementList: [
            {
              id: 'e-1',
              definition: LOOP,
              state: 'UNINITIALIZED',
              orderedState: 'PASSIVE',
              description: null,
              propertiesMap: {
                plain: 'text',
                map: { type: 'blue', size: 3 },
                described: { name: 'described', type: 'string', required: true, default: 'x' },
                unset: { name: 'unset', type: 'string', required: true },
              },
            },
          ],
        },
        { participantId: ID, controlLoopElementList: null },
      ],
    }
    expect(istanbul.decodeOrder(wire)).toMatchObject({
      kind: 'message',
      message: {
        atMs: Date.UTC(2021, 9, 1, 9, 0, 0, 123),
        to: { participantType: TYPE },
        startPhase: 0,
        participants: [
          {
            elements: [
              {
                participantType: TYPE,
                participantId: ID,
                state: 'UNINITIALISED',
                properties: { plain: 'text', map: { type: 'blue', size: 3 }, described: 'x' },
              },
            ],
          },
          { elements: [] },
        ],
      },
    })
  })

  const update = (updates: unknown) => ({
    ...orderHead,
    messageType: 'PARTICIPANT_UPDATE',
    participantDefinitionUpdates: updates,
  })
  const definitions = (type: unknown) => ({
    participantType: type,
    controlLoopElementDefinitionList: [
      {
        clElementDefinitionId: LOOP,
        controlLoopElementToscaNodeTemplate: { properties: { startPhase: 2 } },
        commonPropertiesMap: {
          startPhase: { name: 'startPhase', type: 'integer', required: false, default: 0 },
          provider: { name: 'provider', type: 'string', default: 'ONAP' },
        },
      },
    ],
  })

  it("finds a genuine description's value in the node template, else in its default", () => {
    expect(istanbul.decodeOrder(update([definitions(TYPE)]))).toMatchObject({
      message: { type: 'define', elements: [{ commonProperties: { startPhase: 2, provider: 'ONAP' } }] },
    })
  })

  it('gives a reader the definitions of its type, and nothing if there are only others', () => {
    const both = update([definitions(OTHER_TYPE), definitions(TYPE)])
    expect(istanbul.decodeOrder(both, reader)).toMatchObject({ message: { participantType: TYPE } })
    expect(istanbul.decodeOrder(both)).toMatchObject({ message: { participantType: OTHER_TYPE } })
    expect(istanbul.decodeOrder(update([definitions(OTHER_TYPE)]), reader)).toEqual({ kind: 'foreign' })
  })

  it.each([[null], [undefined], [[]], [[{ participantType: TYPE, controlLoopElementDefinitionList: [] }]]])(
    'reads %j as the end of all definitions',
    (updates) => {
      expect(istanbul.decodeOrder(update(updates), reader)).toMatchObject({ message: { type: 'undefine' } })
    },
  )

  it('registers nobody by an acknowledgement that says no', () => {
    const said = { messageType: 'PARTICIPANT_REGISTER_ACK', responseTo: 'r-1', message: 'no', ...reader }
    expect(istanbul.decodeOrder({ ...said, result: false })).toEqual({ kind: 'foreign' })
    for (const result of [true, null, undefined])
      expect(istanbul.decodeOrder({ ...said, result })).toMatchObject({
        message: { type: 'registered', responseTo: 'r-1', to: reader },
      })
  })

  it('takes the question of the releases before', () => {
    const asked = istanbul.decodeOrder({ ...orderHead, messageType: 'PARTICIPANT_HEALTH_CHECK' })
    expect(asked).toMatchObject({ message: { type: 'ask-status' } })
  })

  it.each([
    ['2021-10-01T09:00:00.123456789Z', Date.UTC(2021, 9, 1, 9, 0, 0, 123)],
    ['2021-10-01T09:00Z', Date.UTC(2021, 9, 1, 9)],
    ['2021-10-01T11:00:00+02:00', Date.UTC(2021, 9, 1, 9)],
    ['+010000-01-01T00:00:00.000Z', Date.UTC(10_000, 0)],
    [1_633_078_800_123, 1_633_078_800_123],
  ])('reads %j as an instant', (timestamp, atMs) => {
    const read = istanbul.decodeOrder({ ...orderHead, timestamp, messageType: 'PARTICIPANT_STATUS_REQ' })
    expect(read).toMatchObject({ message: { atMs } })
  })

  it.each(['7', '0', '', 'March 7', '2021-10-01', '2021-10-01T09:00:00', '2021-13-01T09:00:00Z', '1633078800.123'])(
    'reads %j as no instant',
    (timestamp) => {
      const read = istanbul.decodeOrder({ ...orderHead, timestamp, messageType: 'PARTICIPANT_STATUS_REQ' })
      const problem = 'timestamp: is no instant of ISO 8601 with a zone, for instance 2021-10-01T09:00:00Z'
      expect(read).toEqual({ kind: 'malformed', problem })
    },
  )

  it.each([
    ['PARTICIPANT_STATUS_REQ', { messageId: 7 }, 'messageId'],
    ['PARTICIPANT_STATUS_REQ', { timestamp: 'yesterday' }, 'timestamp'],
    ['CONTROL_LOOP_STATE_CHANGE', { controlLoopId: LOOP, orderedState: 'STOPPED' }, 'orderedState'],
    ['CONTROL_LOOP_STATE_CHANGE', { controlLoopId: { name: 'a b' }, orderedState: 'PASSIVE' }, 'controlLoopId.name'],
    [
      'CONTROL_LOOP_UPDATE',
      {
        controlLoopId: LOOP,
        participantUpdatesList: [{ participantId: ID, controlLoopElementList: [{ id: '../x' }] }],
      },
      'participantUpdatesList.0.controlLoopElementList.0.id',
    ],
  ])('says what is wrong with a %s', (messageType, fields, path) => {
    const read = istanbul.decodeOrder({ ...orderHead, messageType, ...fields })
    expect(read.kind).toBe('malformed')
    expect(read.kind === 'malformed' && read.problem).toContain(`${path}: `)
  })
})

describe('reports', () => {
  it.each(REPORT_SAMPLES.map((sample) => [sample.wire['messageType'], sample] as const))(
    '%s is written and read to the letter',
    (_type, { report, wire }) => {
      expect(reportSchema.parse(report)).toEqual(report)
      expect(sent(istanbul.encodeReport(report, SAMPLE_AT_MS))).toEqual(wire)
      expect(istanbul.decodeReport(sent(wire))).toEqual({ kind: 'message', message: report })
      expect(istanbul.decodeReport({ ...wire, partitionKey: 'x' })).toEqual({ kind: 'message', message: report })
      expect(istanbul.decodeOrder(sent(wire))).toEqual({ kind: 'foreign' })
    },
  )

  it('of the original say less: no responseTo, texts with braces, statistics without numbers', () => {
    expect(
      istanbul.decodeReport({
        messageType: 'CONTROLLOOP_STATECHANGE_ACK',
        controlLoopId: LOOP,
        result: true,
        message: 'ControlLoopElement state changed to {} PASSIVE',
        controlLoopResultMap: { 'e-1': { state: 'UNINITIALIZED2PASSIVE', result: true, message: null } },
        ...reader,
      }),
    ).toEqual({
      kind: 'message',
      message: {
        ...reader,
        type: 'elements-changed',
        loop: LOOP,
        isKnownAlready: false,
        ok: true,
        message: 'ControlLoopElement state changed to {} PASSIVE',
        results: [{ elementId: 'e-1', state: 'UNINITIALISED2PASSIVE', ok: true, message: '' }],
      },
    })
    expect(
      istanbul.decodeReport({
        ...orderHead,
        messageType: 'PARTICIPANT_STATUS',
        state: 'PASSIVE',
        healthStatus: 'HEALTHY',
        participantStatistics: { participantId: ID },
        controlLoopInfoList: [{ controlLoopId: LOOP, state: 'RUNNING' }],
        ...reader,
      }),
    ).toMatchObject({
      message: {
        statistics: { state: 'PASSIVE', eventCount: 0, lastStartMs: 0 },
        loops: [{ loop: LOOP, state: 'RUNNING', elements: [] }],
      },
    })
  })

  it('of the release before are malformed, not a crash', () => {
    expect(istanbul.decodeReport(HONOLULU_STATUS).kind).toBe('malformed')
    expect(istanbul.decodeOrder(HONOLULU_STATUS)).toEqual({ kind: 'foreign' })
    const older = { ...HONOLULU_STATUS, messageType: 'PARTICIPANT_CONTROL_LOOP_UPDATE' }
    expect(istanbul.decodeOrder(older)).toEqual({ kind: 'foreign' })
    expect(istanbul.decodeReport(older)).toEqual({ kind: 'foreign' })
  })
})

describe('anything at all', () => {
  const messageType = fc.constantFrom(...[...ORDER_SAMPLES, ...REPORT_SAMPLES].map(({ wire }) => wire['messageType']))

  it('is read without a crash', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        istanbul.decodeOrder(value, reader)
        istanbul.decodeReport(value)
      }),
    )
    fc.assert(
      fc.property(messageType, fc.dictionary(fc.string(), fc.jsonValue()), (type, fields) => {
        const value = { ...fields, messageType: type }
        istanbul.decodeOrder(value, reader)
        istanbul.decodeReport(value)
      }),
    )
  })

  it('in place of any part of a message is read without a crash', () => {
    const samples = fc.constantFrom(...[...ORDER_SAMPLES, ...REPORT_SAMPLES].map(({ wire }) => wire))
    fc.assert(
      fc.property(samples, fc.nat(), fc.jsonValue(), (wire, at, value) => {
        let place = at % 40
        const mangled: unknown = JSON.parse(JSON.stringify(wire), (key, given: unknown) =>
          key !== 'messageType' && place-- === 0 ? value : given,
        )
        istanbul.decodeOrder(mangled, reader)
        istanbul.decodeReport(mangled)
      }),
    )
  })

  it('as a value of a property comes back as it was', () => {
    const names = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__')
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), (values) => {
        const properties = sent(values) as Record<string, unknown>
        const sample = ORDER_SAMPLES.find(({ order }) => order.type === 'define')?.order
        if (sample?.type !== 'define') throw new Error('no sample')
        const order = { ...sample, elements: sample.elements.map((one) => ({ ...one, commonProperties: properties })) }
        const [wire] = istanbul.encodeOrder(order)
        expect(istanbul.decodeOrder(sent(wire))).toEqual({ kind: 'message', message: order })
      }),
    )
  })
})
