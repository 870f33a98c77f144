import { describe, expect, it } from 'vitest'
import type { Queries } from '../runtime/client.ts'
import { Ledger } from './ledger.ts'

/** A store with these counters and so many dead letters. */
const stored = (values: readonly number[], deadLetters = 0) =>
  ({
    entities: async () => values.map((value) => ({ state: { value, changes: value }, version: value, timers: [] })),
    counts: async () => ({ entities: {}, deadLetters, timers: 0, outbox: 0 }),
    deadLetters: async () => [{ id: '1-1-0', shard: 1, atMs: 0, to: 'counter/x', reason: '', error: 'no' }],
  }) as unknown as Queries

const acknowledged = (...answers: readonly (readonly [actor: number, value: number])[]): Ledger => {
  const ledger = new Ledger(2)
  for (const [actor, value] of answers) ledger.acknowledge(actor, value)
  return ledger
}

describe('a ledger', () => {
  it('finds nothing wrong where each increment is stored once', async () => {
    const ledger = acknowledged([0, 1], [0, 2], [1, 1])
    await expect(ledger.verify(stored([2, 1]))).resolves.toBeUndefined()
    expect(ledger.total).toBe(3)
  })

  it('finds what is missing, what is there twice, and answers that were given twice', async () => {
    await expect(acknowledged([0, 1], [0, 2]).verify(stored([1, 0]))).rejects.toThrow('has 1, but acknowledged 2')
    await expect(acknowledged([0, 1]).verify(stored([2, 0]))).rejects.toThrow('has 2, but acknowledged 1')
    await expect(acknowledged([0, 1], [0, 1]).verify(stored([2, 0]))).rejects.toThrow('each once')
    await expect(acknowledged([0, 1]).verify(stored([1, 0], 1))).rejects.toThrow('1 dead letters')
  })

  it('adds what another process has acknowledged', async () => {
    const ledger = acknowledged([0, 1])
    ledger.add(acknowledged([0, 2], [1, 1]).page())
    await expect(ledger.verify(stored([2, 1]))).resolves.toBeUndefined()
  })
})
