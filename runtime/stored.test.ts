import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encode } from './codec.ts'
import { contextOf } from './context.ts'
import { type AnyEntityDefinition, defineEntity } from './entity.ts'
import type { Message } from './message.ts'
import type { StoredEntity } from './ports.ts'
import { decodeHistoryEvent, encodeEvent, encodeSnapshot, foldStored } from './stored.ts'

const ref = { kind: 'lamp', id: 'l1' }
const message: Message = {
  to: ref,
  origin: 's1',
  position: [7, 2],
  atMs: 99,
  sender: 'api',
  trace: 'order-1',
  body: {},
}
const context = contextOf(message, ref, 5)

/** Version 1 had `on`; version 2 says how bright. */
const lamp = (version: number): AnyEntityDefinition =>
  defineEntity<{ brightness: number }, { type: string }, { type: 'dimmed'; brightness: number }>({
    kind: 'lamp',
    version,
    command: z.object({ type: z.string() }),
    event: z.object({ type: z.literal('dimmed'), brightness: z.number() }),
    state: z.object({ brightness: z.number() }),
    liftEvent: (stored) => ({ type: 'dimmed', brightness: (stored as { on: boolean }).on ? 100 : 0 }),
    liftState: (stored) => ({ brightness: (stored as { on: boolean }).on ? 100 : 0 }),
    initial: () => ({ brightness: 0 }),
    decide: () => ({ events: [] }),
    evolve: (_state, event) => ({ brightness: event.brightness }),
    react: () => [],
  })

const stored = (parts: Partial<StoredEntity>): StoredEntity => ({
  ...ref,
  version: 0,
  events: [],
  timers: [],
  fields: null,
  ...parts,
})

describe('what was stored', () => {
  it('comes back with its cause', () => {
    const bytes = encodeEvent(lamp(2), { type: 'dimmed', brightness: 40 }, context)
    expect(decodeHistoryEvent(lamp(2), 3, bytes)).toEqual({
      version: 3,
      atMs: 99,
      event: { type: 'dimmed', brightness: 40 },
      cause: { messageId: 's1:7.2', sender: 'api', trace: 'order-1' },
    })
  })

  it('by an older release is lifted, events and snapshots', () => {
    const old = encodeEvent(lamp(1), { type: 'switched', on: true }, context)
    expect(foldStored(lamp(2), stored({ version: 1, events: [old] }))).toEqual({ brightness: 100 })
    const snapshot = { version: 4, value: encodeSnapshot(lamp(1), { on: true }) }
    expect(foldStored(lamp(2), stored({ version: 4, snapshot }))).toEqual({ brightness: 100 })
  })

  it('by a newer release is refused, saying both versions', () => {
    const newer = encodeEvent(lamp(3), { type: 'dimmed', brightness: 1 }, context)
    expect(() => foldStored(lamp(2), stored({ version: 1, events: [newer] }))).toThrowError(
      expect.objectContaining({
        code: 'newer-version',
        message: expect.stringMatching(/version 3 .*up to version 2/) as string,
      }),
    )
  })

  it('in a shape that nobody knows is refused, saying what is wrong with it', () => {
    const wrong = encodeEvent(lamp(2), { type: 'dimmed', brightness: 'very' }, context)
    expect(() => foldStored(lamp(2), stored({ version: 1, events: [wrong] }))).toThrowError(
      expect.objectContaining({ code: 'unreadable', message: expect.stringContaining('brightness') as string }),
    )
    expect(() => foldStored(lamp(2), stored({ version: 1, events: [encode('nonsense')] }))).toThrowError(
      expect.objectContaining({ code: 'unreadable' }),
    )
  })

  it('with an event missing is refused', () => {
    const event = encodeEvent(lamp(2), { type: 'dimmed', brightness: 40 }, context)
    expect(() => foldStored(lamp(2), stored({ version: 2, events: [event] }))).toThrowError(
      expect.objectContaining({ code: 'unreadable' }),
    )
  })
})

describe('a context', () => {
  it('is the same whenever the message is handled, and differs between messages', () => {
    const again = contextOf({ ...message }, ref, 5)
    const other = contextOf({ ...message, position: [7, 3] }, ref, 5)
    const first = contextOf(message, ref, 5)
    const drawn = [first.newId(), first.newId(), first.random()]
    expect([again.newId(), again.newId(), again.random()]).toEqual(drawn)
    expect(new Set([...drawn, other.newId(), other.newId(), other.random()]).size).toBe(6)
    expect(String(drawn[0])).toMatch(/^0005[0-9a-f]{4}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(drawn[2]).toBeGreaterThanOrEqual(0)
    expect(drawn[2]).toBeLessThan(1)
  })
})
