/** Names that somebody may have meant. */

const LENGTH_MAX = 100
const CANDIDATES_MAX = 2000

/** Letters inserted, left out, replaced or swapped with their neighbour; something above `limit` as soon as it must be. */
export const editDistance = (left: string, right: string, limit: number): number => {
  if (Math.abs(left.length - right.length) > limit) return limit + 1
  let before: number[] = []
  let above = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      current.push(
        Math.min(
          (above[column - 1] ?? 0) + (same ? 0 : 1),
          (above[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
        ),
      )
    }
    if (Math.min(...current, ...above) > limit) return limit + 1
    before = above
    above = current
  }
  return above[right.length] ?? limit + 1
}

/** Up to three of `known` that are like `name`, the likest first. Case, and one being part of the other, count little. */
export const nearestNames = (name: string, known: Iterable<string>): readonly string[] => {
  const wanted = name.slice(0, LENGTH_MAX).toLowerCase()
  const limit = Math.max(1, Math.floor(wanted.length / 3))
  const scored: { candidate: string; distance: number }[] = []
  let seen = 0
  for (const candidate of known) {
    if (++seen > CANDIDATES_MAX) break
    const other = candidate.slice(0, LENGTH_MAX).toLowerCase()
    const contained = wanted.length >= 3 && (other.includes(wanted) || wanted.includes(other))
    const distance = contained ? Math.min(limit, 1) : editDistance(wanted, other, limit)
    if (distance <= limit && candidate !== '') scored.push({ candidate, distance })
  }
  return scored
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}
