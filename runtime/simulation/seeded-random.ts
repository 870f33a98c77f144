/** Numbers in [0, 1) that repeat for the same seed (splitmix32). */
export const seededRandom = (seed: number): (() => number) => {
  let state = Math.imul(seed, 0x9e3779b9) | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}
