/** Work on many things, some of them at a time. */

/** The results in the order of `items`. After the first that throws, nothing more is begun; it is thrown when the others are done. */
export const inParallel = async <Item, Result>(
  items: readonly Item[],
  atATime: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<readonly Result[]> => {
  const results: Result[] = []
  const failures: unknown[] = []
  const entries = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) {
      if (failures.length > 0) return
      try {
        results[index] = await work(item, index)
      } catch (thrown) {
        failures.push(thrown)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
