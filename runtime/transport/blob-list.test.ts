import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { packBlobs, unpackBlobs } from './blob-list.ts'

test('blobs come back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (blobs) => {
      expect(unpackBlobs(packBlobs(blobs)).map((blob) => [...blob])).toEqual(blobs.map((blob) => [...blob]))
    }),
  )
})

test('a list that was cut off is refused, not shortened', () => {
  const packed = packBlobs([Uint8Array.of(1, 2, 3)])
  expect(() => unpackBlobs(packed.subarray(0, packed.length - 1))).toThrow('ends in the middle')
})
