/**
 * One read for many who ask at the same time. Whoever asks gets what a read found that began after the question: so an answer
 * is never older than what whoever asks has already seen, and however many ask, at most one read of a kind is under way and one
 * more is waiting for it.
 */

interface Queue<Value> {
  running: Promise<unknown>
  next: Promise<Value> | undefined
}

export type FreshRead<Value> = (key: string) => Promise<Value>

export const freshRead = <Value>(read: (key: string) => Promise<Value>): FreshRead<Value> => {
  const queues = new Map<string, Queue<Value>>()

  const start = (key: string): Promise<Value> => {
    const result = read(key)
    const queue: Queue<Value> = { running: result, next: undefined }
    queues.set(key, queue)
    const over = (): void => {
      if (queues.get(key) === queue && !queue.next) queues.delete(key)
    }
    void result.then(over, over)
    return result
  }

  return (key) => {
    const queue = queues.get(key)
    if (!queue) return start(key)
    queue.next ??= queue.running.then(
      () => start(key),
      () => start(key),
    )
    return queue.next
  }
}
