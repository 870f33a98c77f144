import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nearestNames } from './hints.ts'

describe('nearestNames', () => {
  it('finds swaps, slips, parts and other case, the likest first', () => {
    expect(nearestNames('knwon', ['other', 'known', 'unknown'])).toEqual(['known'])
    expect(nearestNames('Voice', ['voice-1', 'voices', 'voice', 'noise'])[0]).toBe('voice')
    expect(nearestNames('createAssemby', ['deleteAssembly', 'createAssembly'])[0]).toBe('createAssembly')
    expect(nearestNames('zzz', ['a', 'b'])).toEqual([])
  })

  it('is symmetric, zero only for equal texts, and stops at its limit', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), fc.nat(6), (a, b, limit) => {
        const full = editDistance(a, b, 100)
        expect(editDistance(b, a, 100)).toBe(full)
        expect(full === 0).toBe(a === b)
        const bounded = editDistance(a, b, limit)
        expect(full <= limit ? bounded === full : bounded > limit).toBe(true)
      }),
    )
  })
})
