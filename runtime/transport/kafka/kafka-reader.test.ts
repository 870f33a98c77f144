import { expect, test } from 'vitest'
import { RuntimeFault } from '../../fault.ts'
import { KafkaReader } from './kafka-reader.ts'

const open = () => {
  let roomy = 0
  const reader = new KafkaReader('t', 0, 0, { onRoom: () => roomy++, onClose: () => undefined })
  return { reader, timesRoomy: () => roomy }
}
const records = (from: number, count: number, bytes = 10) =>
  Array.from({ length: count }, (_, index) => ({ offset: from + index, value: new Uint8Array(bytes) }))

test('a full reader asks for more as soon as there is room, and only then', async () => {
  const { reader, timesRoomy } = open()
  reader.accept(records(0, 3, 200_000), 3)
  expect(reader.hasRoom).toBe(false)
  expect((await reader.next(1)).map(({ offset }) => offset)).toEqual([0])
  expect([reader.hasRoom, timesRoomy()]).toEqual([true, 1])
  expect((await reader.next(10)).map(({ offset }) => offset)).toEqual([1, 2])
  expect(timesRoomy()).toBe(1)
})

test('a fault comes after what was read before it, and stays', async () => {
  const { reader } = open()
  reader.accept(records(0, 2), 2)
  reader.fail(new RuntimeFault('offset-out-of-range', 'x'))
  expect(await reader.next(10)).toHaveLength(2)
  for (let times = 0; times < 2; times++)
    await expect(reader.next(10)).rejects.toMatchObject({ code: 'offset-out-of-range' })
  expect(reader.hasRoom).toBe(false)
})

test('what is fetched for a reader that was closed meanwhile is dropped', async () => {
  const { reader } = open()
  const waiting = reader.next(1)
  reader.close()
  reader.accept(records(0, 2), 2)
  expect([await waiting, await reader.next(1)]).toEqual([[], []])
})
