/**
 * Shares the partitions of a topic out to the members of a group: evenly, and moving as few as possible, since a
 * partition that moves costs its shard's entities their place in memory.
 */
export const shareOut = (
  partitions: number,
  members: readonly string[],
  held: ReadonlyMap<string, readonly number[]>,
): Map<string, number[]> => {
  const shares = new Map<string, number[]>()
  if (members.length === 0) return shares
  // Members that hold most keep the larger shares; otherwise a join would move more than it must.
  const byHeld = [...members].sort((a, b) => (held.get(b)?.length ?? 0) - (held.get(a)?.length ?? 0))
  const quota = new Map(
    byHeld.map((member, rank) => [
      member,
      Math.floor(partitions / members.length) + (rank < partitions % members.length ? 1 : 0),
    ]),
  )
  const taken = new Set<number>()
  for (const member of members) {
    const kept: number[] = []
    for (const partition of held.get(member) ?? []) {
      if (kept.length >= (quota.get(member) ?? 0)) break
      if (partition >= partitions || taken.has(partition)) continue
      taken.add(partition)
      kept.push(partition)
    }
    shares.set(member, kept)
  }
  let next = 0
  for (const [member, share] of shares) {
    while (share.length < (quota.get(member) ?? 0)) {
      while (taken.has(next)) next++
      taken.add(next)
      share.push(next)
    }
    share.sort((a, b) => a - b)
  }
  return shares
}
