import { expect, it } from 'vitest'
import { inParallel } from './in-parallel.ts'

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('does so many at a time, and gives the results in their order', async () => {
  let running = 0
  let most = 0
  const results = await inParallel([3, 1, 2, 5, 4], 2, async (item) => {
    most = Math.max(most, ++running)
    for (let turn = 0; turn < item; turn++) await tick()
    running--
    return item * 10
  })
  expect([results, most]).toEqual([[30, 10, 20, 50, 40], 2])
  expect(await inParallel([], 2, async () => 1)).toEqual([])
})

it('begins nothing more after a failure, and throws it when the others are done', async () => {
  const done: number[] = []
  const work = inParallel([1, 2, 3, 4], 2, async (item) => {
    await tick()
    if (item === 1) throw new Error('no')
    await tick()
    done.push(item)
  })
  await expect(work).rejects.toThrow('no')
  expect(done).toEqual([2])
})
