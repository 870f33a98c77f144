import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { MemoryStoreServer } from '../persistence/memory-store.ts'
import { defineEntity } from './entity.ts'
import { decodePublished } from './published.ts'
import { machineOf } from './testing/machine.ts'
import { until } from './testing/until.ts'

const cry = z.object({
  type: z.literal('cry'),
  text: z.string(),
  encoding: z.enum(['record', 'json']),
  bad: z.boolean(),
})

/** Publishes what it is told, as an event of the outside or as a record. */
const crier = defineEntity({
  kind: 'crier',
  version: 1,
  command: cry,
  event: cry,
  state: z.null(),
  initial: () => null,
  decide: (_state, command) => ({ events: [command] }),
  evolve: () => null,
  react: (_state, { text, encoding, bad }, { self }) => [
    { type: 'publish', topic: 'outside', key: self.id, message: bad ? undefined : { id: text, text }, encoding },
  ],
})

const system = machineOf({ makeStoreServer: (options) => new MemoryStoreServer(options), definitions: [crier] })
afterEach(() => system.stop())

it('publishes records of ours, and plain JSON for others, in the order of their key', async () => {
  const node = await system.start()
  const say = (text: string, encoding: 'record' | 'json', bad = false) =>
    node.ask({ kind: 'crier', id: 'a' }, { type: 'cry', text, encoding, bad } as never, {
      sender: 'test',
      deadlineMs: 5_000,
      trace: 'order-1',
    })
  await say('one', 'record')
  await say('zwei €', 'json')
  await expect(say('three', 'json', true)).rejects.toMatchObject({ code: 'handler-failed' })
  await say('four', 'json')
  const records = () => [0, 1].flatMap((partition) => system.broker.records('outside', partition))
  await until(() => records().length === 3)
  const [first, ...others] = records().map((record) => record.value)
  expect(decodePublished(first ?? new Uint8Array())).toMatchObject({
    key: 'a',
    sender: 'crier/a',
    trace: 'order-1',
    message: { id: 'one', text: 'one' },
  })
  expect(others.map((value) => JSON.parse(new TextDecoder().decode(value)) as unknown)).toEqual([
    { id: 'zwei €', text: 'zwei €' },
    { id: 'four', text: 'four' },
  ])
})
