import { expect, it } from 'vitest'
import { viewEntity, viewHistory, viewWaiting } from './entity-view.ts'

const ref = { kind: 'resource', id: 'r' }

it('shows what JSON has no words for', () => {
  const state = { big: 12n, bytes: new Uint8Array([1, 2]), none: undefined, list: [null] }
  expect(viewEntity(ref, { state, version: 3, timers: [{ name: 't', dueMs: 0 }] })).toEqual({
    entity: 'resource/r',
    kind: 'resource',
    id: 'r',
    version: 3,
    state: { big: '12', bytes: { base64: 'AQI=' }, list: [null] },
    timers: [{ name: 't', due: '1970-01-01T00:00:00.000Z' }],
  })
})

it('links to older events as long as there may be some', () => {
  const cause = { messageId: 'm', sender: 's', trace: '' }
  const event = (version: number) => ({ version, atMs: 0, event: { type: 'x' }, cause })
  expect(viewHistory(ref, [event(9), event(8)], 2, '/here').next).toBe('/here?before=8&limit=2')
  expect(viewHistory(ref, [event(2), event(1)], 2, '/here').next).toBeUndefined()
  expect(viewHistory(ref, [event(9)], 2, '/here').next).toBeUndefined()
})

it('goes one level further where an entity is waited for', () => {
  const below = new Map([['resource/b', [{ for: 'an answer', kind: 'driver', next: { what: 'again', atMs: 1 } }]]])
  const waiting = [
    { for: 'b', kind: 'task', on: 'resource/b', sinceMs: 0 },
    { for: 'c', kind: 'dependency', on: 'task-c' },
  ]
  expect(viewWaiting(ref, waiting, below).waiting).toEqual([
    {
      for: 'b',
      kind: 'task',
      on: 'resource/b',
      since: '1970-01-01T00:00:00.000Z',
      whichWaitsFor: [{ for: 'an answer', kind: 'driver', next: { what: 'again', at: '1970-01-01T00:00:00.001Z' } }],
    },
    { for: 'c', kind: 'dependency', on: 'task-c' },
  ])
})
