import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MemoryStoreServer } from '../persistence/memory-store.ts'
import { defineEntity, type EntityRef } from './entity.ts'
import { machineOf } from './testing/machine.ts'
import { until } from './testing/until.ts'

const KIND = 'repeater'
const RECORD_BYTES_MAX = 10_000
const repeater = (id: string): EntityRef => ({ kind: KIND, id })

/** Says or publishes as many characters as it is told to. */
const definition = defineEntity({
  kind: KIND,
  version: 1,
  command: z.object({ type: z.enum(['tell', 'publish', 'note']), chars: z.number(), text: z.string().exactOptional() }),
  event: z.object({ type: z.literal('noted'), chars: z.number() }),
  state: z.object({ chars: z.number() }),
  initial: () => ({ chars: 0 }),
  decide: (_state, { type, chars }) => {
    const text = 'x'.repeat(type === 'note' ? 0 : chars)
    const events = [{ type: 'noted', chars } as const]
    const others = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    if (type === 'tell') {
      const message = { type: 'note', chars: 1, text }
      return { events, effects: others.map((id) => ({ type: 'tell', to: repeater(id), message })), reply: chars }
    }
    if (type === 'note') return { events, reply: chars }
    return { events, effects: [{ type: 'publish', topic: 'outside', key: 'k', message: text }], reply: chars }
  },
  evolve: (_state, { chars }) => ({ chars }),
  react: () => [],
})

let stop: (() => Promise<unknown>) | undefined
afterEach(() => stop?.())

describe('a record that no broker would take', () => {
  it.each([true, false])(
    'is refused before anything is stored (local messages through the codec: %s)',
    async (local) => {
      const machine = machineOf({
        makeStoreServer: (options) => new MemoryStoreServer(options),
        definitions: [definition],
        config: { recordBytesMax: RECORD_BYTES_MAX, localThroughCodec: local },
      })
      stop = machine.stop
      const node = await machine.start()
      const say = (type: 'tell' | 'publish' | 'note', chars: number, text?: string) =>
        node.ask(repeater('from'), { type, chars, ...(text === undefined ? {} : { text }) } as { type: string }, {
          sender: 'test',
          deadlineMs: 5_000,
        })
      const limit = { code: 'limit-exceeded' }
      await expect(say('note', 1, 'x'.repeat(RECORD_BYTES_MAX))).rejects.toMatchObject(limit)
      await expect(say('tell', 2 * RECORD_BYTES_MAX)).rejects.toMatchObject(limit)
      await expect(say('publish', 2 * RECORD_BYTES_MAX)).rejects.toMatchObject(limit)
      expect(await node.queries.entity(repeater('from'))).toBeUndefined()
      // What is behind it goes on.
      expect(await say('tell', 100)).toEqual({ ok: true, value: 100 })
      await until(async () => (await node.queries.entity(repeater('h'))) !== undefined)
      const letters = await node.queries.deadLetters({ limit: 10 })
      expect(letters.map(({ reason }) => reason)).toEqual(['limit-exceeded', 'limit-exceeded'])
    },
  )
})
