import { expect, test } from 'vitest'
import { RuntimeFault } from '../../fault.ts'
import { AppendCall, AppendQueue, FRAME_BYTES } from './append-queue.ts'

const filled = (sizes: readonly number[]) => {
  const queue = new AppendQueue('t', 0)
  const call = new AppendCall(sizes.length)
  for (const size of sizes) queue.add(new Uint8Array(size), call)
  return { queue, call }
}

test('the oldest are taken first, as many as fit', () => {
  const { queue } = filled([1, 2, 3, 4])
  expect(queue.take(6 + 3 * FRAME_BYTES, 100).values.map(({ length }) => length)).toEqual([1, 2, 3])
  expect(queue.take(1_000, 100).values.map(({ length }) => length)).toEqual([4])
  expect(queue.length).toBe(0)
})

test('one that is larger than what fits goes alone', () => {
  const { queue } = filled([5_000, 1])
  expect(queue.take(100, 100).values.map(({ length }) => length)).toEqual([5_000])
  expect(queue.length).toBe(1)
})

test('no more records than asked for', () => {
  expect(filled([1, 1, 1]).queue.take(1_000, 2).values).toHaveLength(2)
})

test('a call is done when the last of its entries is', async () => {
  const call = new AppendCall(2)
  let isDone = false
  void call.done.then(() => (isDone = true))
  call.settleOne(undefined)
  await Promise.resolve()
  expect(isDone).toBe(false)
  call.settleOne(undefined)
  await call.done
})

test('a call fails when the first of its entries does, whatever becomes of the others', async () => {
  const call = new AppendCall(3)
  call.settleOne(undefined)
  call.settleOne(new RuntimeFault('unavailable', 'x'))
  call.settleOne(undefined)
  await expect(call.done).rejects.toMatchObject({ code: 'unavailable' })
})
