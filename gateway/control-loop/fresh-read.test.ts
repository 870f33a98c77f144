import { expect, it } from 'vitest'
import { freshRead } from './fresh-read.ts'

const setUp = () => {
  const reads: { readonly resolve: (value: string) => void; readonly reject: (error: Error) => void }[] = []
  const read = freshRead((key: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    reads.push({ resolve: (value) => resolve(`${key}:${value}`), reject })
    return promise
  })
  return { read, reads }
}

it('reads once for all who ask while another read is under way, after it', async () => {
  const { read, reads } = setUp()
  const first = read('a')
  const second = read('a')
  const third = read('a')
  const other = read('b')
  expect(reads).toHaveLength(2)
  reads[0]?.resolve('old')
  expect(await first).toBe('a:old')
  expect(reads).toHaveLength(3)
  reads[2]?.resolve('new')
  expect([await second, await third]).toEqual(['a:new', 'a:new'])
  reads[1]?.resolve('x')
  expect(await other).toBe('b:x')
  void read('a')
  expect(reads).toHaveLength(4)
})

it('goes on after a read that failed', async () => {
  const { read, reads } = setUp()
  const first = read('a')
  const second = read('a')
  reads[0]?.reject(new Error('no'))
  await expect(first).rejects.toThrow('no')
  reads[1]?.resolve('yes')
  expect(await second).toBe('a:yes')
})
