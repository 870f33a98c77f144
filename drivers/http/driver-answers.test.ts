import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { completionMessage } from '../protocol.ts'
import { errorMessage, isHealthy, readCompletionEvent, readFound, readTakenOn } from './driver-answers.ts'

describe('what drivers say', () => {
  it('is read from a completion event', () => {
    const event = {
      requestId: 'r1',
      status: 'COMPLETE',
      outputs: { ip: '10.0.0.1', port: 5060, on: true, gone: null, list: ['a', 1], more: { x: 1 } },
      associatedTopology: { Stack: { id: '1', type: 'Openstack' }, Old: null },
      version: '1.0.0',
    }
    expect(readCompletionEvent(JSON.stringify(event))).toEqual({
      value: {
        requestId: 'r1',
        completion: {
          status: 'COMPLETE',
          outputs: { ip: '10.0.0.1', port: '5060', on: 'true', list: ['a', '1'], more: '{"x":1}' },
          associatedTopology: event.associatedTopology,
        },
      },
    })
  })

  it.each([
    [
      { failureCode: 'INSUFFICIENT_CAPACITY', description: 'full' },
      { code: 'INSUFFICIENT_CAPACITY', description: 'full' },
    ],
    [
      { failureCode: 'SOMETHING_NEW', description: 'odd' },
      { code: 'UNKNOWN', description: 'odd' },
    ],
    [null, { code: 'UNKNOWN', description: 'the driver gave no reason' }],
  ])('is read from a failure with %j', (failureDetails, failure) => {
    const text = JSON.stringify({ requestId: 'r', status: 'FAILED', failureDetails, outputs: null })
    expect(readCompletionEvent(text).value?.completion).toEqual({
      status: 'FAILED',
      outputs: {},
      associatedTopology: {},
      failure,
    })
  })

  it.each([
    ['nothing', ''],
    ['no JSON', '{"requestId":'],
    ['no object', '[]'],
    ['no id', '{"requestId":"","status":"COMPLETE"}'],
    ['an id without end', JSON.stringify({ requestId: 'x'.repeat(201), status: 'COMPLETE' })],
    ['an unknown status', '{"requestId":"r","status":"DONE"}'],
    ['outputs that are none', '{"requestId":"r","status":"COMPLETE","outputs":"x"}'],
  ])('is refused with a reason if it is %s', (_what, text) => {
    expect(readCompletionEvent(text).problem).toMatch(/./)
  })

  it('never throws, whatever comes, and gives what the entity accepts', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({
          requestId: fc.string({ maxLength: 250 }),
          status: fc.constantFrom('COMPLETE', 'FAILED', 'IN_PROGRESS', 'x'),
          outputs: fc.option(fc.dictionary(fc.string(), fc.jsonValue())),
          failureDetails: fc.option(fc.jsonValue()),
          associatedTopology: fc.option(fc.dictionary(fc.string(), fc.jsonValue())),
        })
        .map((event) => JSON.stringify(event)),
    )
    fc.assert(
      fc.property(text, (given) => {
        const { value, problem } = readCompletionEvent(given)
        expect((value === undefined) === (problem !== undefined)).toBe(true)
        if (value) expect(completionMessage.parse({ type: 'completion', completion: value.completion })).toBeDefined()
      }),
    )
  })

  it('is read from the answers to its calls', () => {
    expect(readTakenOn('{"requestId":"r"}').value).toEqual({ requestId: 'r', associatedTopology: {} })
    expect(readTakenOn('{}').problem).toContain('requestId')
    expect(readFound('{"result":null}').value).toEqual({ found: undefined })
    expect(readFound('{"result":{"resourceId":"x","outputs":{"id":7}}}').value?.found?.outputs).toEqual({ id: '7' })
    expect(readFound('{}').problem).toContain('result')
    expect(errorMessage('{"localizedMessage":"no such flavor","status":400}')).toBe('no such flavor')
    expect(errorMessage(`<html>${'x'.repeat(1_000)}`)).toHaveLength(301)
    expect(errorMessage(' ')).toBe('it gave no reason')
    expect(isHealthy('{"vitals":{"app":{"status":"OK"}}}')).toBe(true)
    expect(isHealthy('{"vitals":{"app":{"status":"ERROR"}}}')).toBe(false)
  })
})
