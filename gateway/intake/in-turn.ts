/**
 * Work that is done in the order in which it was asked for, key by key; different keys don't wait for each other. What
 * is asked for and not yet done is bounded by whoever asks.
 */
export const inTurn = (): (<Value>(key: string, work: () => Promise<Value>) => Promise<Value>) => {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const done = (last.get(key) ?? Promise.resolve()).then(work, work)
    last.set(key, done)
    const forget = (): void => {
      if (last.get(key) === done) last.delete(key)
    }
    done.then(forget, forget)
    return done
  }
}
