import { describe, expect, it } from 'vitest'
import { cachedLocate } from './locations.ts'
import type { ResolvedLocation } from './protocol.ts'
import { manualClock } from './testing/manual-clock.ts'
import { sampleLocation } from './testing/sample-requests.ts'

const limits = { ttlMs: 1_000, locationsMax: 2 }

describe('cachedLocate', () => {
  it('looks a location up once within its time, even when asked for at the same moment', async () => {
    const clock = manualClock()
    let lookUps = 0
    const locate = cachedLocate(async (name) => (lookUps++, sampleLocation({ name })), clock, limits)
    await Promise.all([locate('a'), locate('a')])
    await locate('a')
    expect(lookUps).toBe(1)
    await clock.advance(1_000)
    expect((await locate('a'))?.name).toBe('a')
    expect(lookUps).toBe(2)
  })

  it('remembers neither what is missing nor what went wrong', async () => {
    const clock = manualClock()
    const answers: (ResolvedLocation | Error | undefined)[] = [undefined, new Error('down'), sampleLocation()]
    const locate = cachedLocate(
      async () => {
        const answer = answers.shift()
        if (answer instanceof Error) throw answer
        return answer
      },
      clock,
      limits,
    )
    expect(await locate('lab')).toBeUndefined()
    await expect(locate('lab')).rejects.toThrow('down')
    expect(await locate('lab')).toEqual(sampleLocation())
  })

  it('remembers only so many', async () => {
    const names: string[] = []
    const locate = cachedLocate(async (name) => (names.push(name), sampleLocation({ name })), manualClock(), limits)
    for (const name of ['a', 'b', 'c', 'c', 'b', 'a']) await locate(name)
    expect(names).toEqual(['a', 'b', 'c', 'a'])
  })
})
