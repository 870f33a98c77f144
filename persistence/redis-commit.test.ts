import { describe, expect, test } from 'vitest'
import type { ShardCommit } from '../runtime/ports.ts'
import { commitOf, deadLetter, outboxRow, timer, write } from '../runtime/testing/store-fixture.ts'
import { commitBody } from './redis-commit.ts'

const lease = {
  shard: 1,
  token: 't',
  epoch: 1,
  nextOffset: 0,
  published: [-1, -1] as const,
  sentToSelf: [-1, -1] as const,
  marks: new Map(),
}
const mark = { position: [1, 0] as const, atMs: 1 }

describe('what a script could choke on half-way is refused before anything is sent', () => {
  const notBytes = 'text' as unknown as Uint8Array
  const wrong: Record<string, Partial<ShardCommit>> = {
    'a version that is no count': { entities: [write('a', 1.5, ['e'])] },
    'a negative version': { entities: [write('a', -1, [])] },
    'a version that isn’t a number': { entities: [write('a', NaN, ['e'])] },
    'more events than the version says': { entities: [write('a', 1, ['e1', 'e2'])] },
    'an event that isn’t bytes': { entities: [{ ...write('a', 1, []), events: [notBytes] }] },
    'a snapshot that isn’t bytes': { entities: [{ ...write('a', 1, ['e']), snapshot: notBytes }] },
    'a trim that isn’t a number': { entities: [write('a', 1, ['e'], { trimEventsTo: Infinity })] },
    'a kind without a name': { entities: [{ ...write('a', 1, ['e']), kind: '' }] },
    'a kind with NUL': { entities: [{ ...write('a', 1, ['e']), kind: 'x\0y' }] },
    'a field that isn’t text': { entities: [write('a', 1, ['e'], { fields: { name: 7 as unknown as string } })] },
    'a timer that is never due': { setTimers: [timer('a', 't', Infinity)] },
    'a timer’s message that isn’t bytes': { setTimers: [{ ...timer('a', 't', 1), message: notBytes }] },
    'a cancelled timer of no kind': { cancelTimers: [{ kind: '', id: 'a', name: 't' }] },
    'a mark at no position': { marks: [{ origin: 'x', mark: { ...mark, position: [1, NaN] } }] },
    'a mark at no time': { marks: [{ origin: 'x', mark: { ...mark, atMs: NaN } }] },
    'an outbox row at no position': { outbox: [outboxRow([0.5, 0], 'x')] },
    'a partition that is no count': { outbox: [{ ...outboxRow([1, 0], 'x'), partition: -1 }] },
    'a message that isn’t bytes': { outbox: [{ ...outboxRow([1, 0], 'x'), value: notBytes }] },
    'published up to no position': { published: [NaN, 0] },
    'sent up to no position': { sentToSelf: [0, Infinity] },
    'a dead letter at no time': { deadLetters: [deadLetter('1-0-0', NaN)] },
    'an offset that is no count': { nextOffset: 1.5 },
    'a negative offset': { expectedOffset: -1 },
    'a shard that is no count': { shard: -1 },
    'too many bytes': { entities: [write('a', 1, ['x'.repeat(70 * 1024 * 1024)])] },
  }
  for (const [what, parts] of Object.entries(wrong))
    test(what, () => {
      expect(() => commitBody(commitOf(lease, parts))).toThrow(expect.objectContaining({ code: 'limit-exceeded' }))
    })
})

test('what is right is not refused', () => {
  const parts: Partial<ShardCommit> = {
    entities: [
      write('a', 2, ['e1', 'e2'], { snapshot: 's', trimEventsTo: -5, fields: { name: 'n' } }),
      write('', 0, [], { forget: true }),
    ],
    marks: [{ origin: 'x', mark }],
    setTimers: [timer('a', 't', 1.5)],
    outbox: [outboxRow([1, 0], 'x')],
    published: [0, 0],
    deadLetters: [deadLetter('1-0-0', 5)],
  }
  expect(commitBody(commitOf(lease, parts)).length).toBeGreaterThan(0)
})
