import { describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/system-clock.ts'
import type { ListQuery, ListRow } from '../runtime/ports.ts'
import { asking } from './asking.ts'
import { matchesPattern, scan } from './scan.ts'
import { stubParts } from './testing/stub-parts.ts'

describe('matchesPattern', () => {
  it.each([
    ['asm', 'asm', true],
    ['asm', 'as', false],
    ['asm-1', 'asm*', true],
    ['asm-1', '*1', true],
    ['asm-1', 'a*m*1', true],
    ['a', 'a*a', false],
    ['aa', 'a*a', true],
    ['abc', '*b*', true],
    ['abc', '*c*b*', false],
    ['', '*', true],
  ])('%j is like %j: %s', (text, pattern, is) => expect(matchesPattern(text, pattern)).toBe(is))

  it('is linear in the text', () => {
    const startedMs = performance.now()
    expect(matchesPattern('a'.repeat(20_000), `${'*a'.repeat(120)}*b`)).toBe(false)
    expect(performance.now() - startedMs).toBeLessThan(200)
  })
})

describe('scan', () => {
  const rows: ListRow[] = Array.from({ length: 1234 }, (_, at) => {
    const id = String(at).padStart(5, '0')
    return { id, value: id, fields: {} }
  })
  const list = async ({ limit, after }: ListQuery) => rows.filter(({ id }) => !after || id > after.id).slice(0, limit)
  const { queries, client, config } = stubParts({ queries: { list } })
  const asks = asking({ client, config, clock: systemClock })
  const every = (step: number) => (page: readonly ListRow[]) =>
    page.map(({ id }) => (Number(id) % step === 0 ? Number(id) : undefined))

  it('goes on page after page until it has enough', async () => {
    const found = await scan(queries, asks, { kind: 'k', field: 'f' }, 3, every(500))
    expect(found).toEqual({ items: [0, 500, 1000], partial: false })
    expect(await scan(queries, asks, { kind: 'k', field: 'f' }, 2, every(500))).toEqual({
      items: [0, 500],
      partial: true,
    })
    expect((await scan(queries, asks, { kind: 'k', field: 'f' }, 5000, every(1))).items).toHaveLength(1234)
  })
})
