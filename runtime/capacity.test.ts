import { expect, test } from 'vitest'
import { Capacity } from './capacity.ts'

const scene = (first: number) => {
  const now = { places: first }
  const capacity = new Capacity(() => now.places)
  const taken: number[] = []
  const take = (id: number): void => {
    const wait = capacity.take()
    if (wait) void wait.then(() => taken.push(id))
    else taken.push(id)
  }
  return { now, capacity, taken, take }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('those who find no place wait, in order', async () => {
  const { capacity, taken, take } = scene(2)
  for (const id of [1, 2, 3, 4]) take(id)
  expect([taken, capacity.taken]).toEqual([[1, 2], 2])
  capacity.release()
  take(5)
  await turn()
  expect([taken, capacity.taken]).toEqual([[1, 2, 3], 2])
})

test('fewer places take effect as work ends, more as soon as somebody comes or goes', async () => {
  const { now, capacity, taken, take } = scene(3)
  for (const id of [1, 2, 3, 4, 5]) take(id)
  now.places = 1
  capacity.release()
  capacity.release()
  await turn()
  expect([taken, capacity.taken]).toEqual([[1, 2, 3], 1])
  now.places = 4
  take(6)
  await turn()
  expect([[...taken].sort(), capacity.taken]).toEqual([[1, 2, 3, 4, 5, 6], 4])
})

test('work that fails gives its place back', async () => {
  const { capacity } = scene(1)
  await expect(capacity.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x')
  expect(capacity.taken).toBe(0)
})
