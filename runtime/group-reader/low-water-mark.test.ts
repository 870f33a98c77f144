import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LowWaterMark } from './low-water-mark.ts'

describe('LowWaterMark', () => {
  it('stands where reading began until something is done', () => {
    const mark = new LowWaterMark(7)
    mark.begin(9)
    expect(mark.position).toBe(7)
    expect(mark.finish(9)).toBe(true)
    expect(mark.position).toBe(10)
  })

  it('is never above a record that is not done, and never below where all before it are', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(gaps, fc.infiniteStream(fc.nat(5)), (steps, choices) => {
        const start = 5
        let latest = start - 1
        const offsets = steps.map((step) => (latest += step))
        const mark = new LowWaterMark(start)
        const open: number[] = []
        const done: number[] = []
        const waiting = [...offsets]
        let before = mark.position
        while (waiting.length + open.length > 0) {
          const choice = choices.next().value as number
          const next = choice < 3 ? waiting.shift() : undefined
          if (next !== undefined) {
            mark.begin(next)
            open.push(next)
          } else if (open.length > 0) {
            const [finished = 0] = open.splice(choice % open.length, 1)
            done.push(finished)
            mark.finish(finished)
          }
          expect(mark.position).toBeGreaterThanOrEqual(before)
          for (const offset of open) expect(mark.position).toBeLessThanOrEqual(offset)
          const lowestOpen = Math.min(...open, Infinity)
          const passed = done.filter((offset) => offset < lowestOpen)
          expect(mark.position).toBe(passed.length > 0 ? Math.max(...passed) + 1 : start)
          expect(mark.span).toBe(open.length + done.length - passed.length)
          before = mark.position
        }
        expect(mark.position).toBe(latest + 1)
      }),
    )
  })

  it('stays cheap with very many records in flight', () => {
    const mark = new LowWaterMark(0)
    const count = 100_000
    for (let offset = 0; offset < count; offset++) mark.begin(offset)
    // Not an assertion each: 100,000 of those cost more than what is tested.
    let moved = 0
    for (let offset = count - 1; offset > 0; offset--) if (mark.finish(offset)) moved++
    expect(moved).toBe(0)
    expect(mark.finish(0)).toBe(true)
    expect(mark.position).toBe(count)
  }, 5_000)
})
