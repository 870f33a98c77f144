import { expect, test } from 'vitest'
import { OffsetCommits } from './offset-commits.ts'

interface Sent {
  readonly nextOffsets: readonly (readonly [number, number])[]
  readonly answer: PromiseWithResolvers<void>
}

const underTest = () => {
  const sent: Sent[] = []
  const commits = new OffsetCommits((nextOffsets) => {
    const answer = Promise.withResolvers<void>()
    sent.push({ nextOffsets: [...nextOffsets], answer })
    return answer.promise
  })
  return { commits, sent }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what is handed in together goes out in one request, of a partition what was said last', async () => {
  const { commits, sent } = underTest()
  const stored = Promise.all([commits.commit(1, 17), commits.commit(2, 5), commits.commit(1, 18)])
  await turn()
  expect(sent.map(({ nextOffsets }) => nextOffsets)).toEqual([
    [
      [1, 18],
      [2, 5],
    ],
  ])
  sent[0]?.answer.resolve()
  await stored
})

test('one request at a time; what comes meanwhile goes with the next, also after a failure', async () => {
  const { commits, sent } = underTest()
  const first = commits.commit(1, 1)
  await turn()
  const second = commits.commit(2, 2)
  const third = commits.commit(1, 3)
  await turn()
  expect(sent).toHaveLength(1)
  sent[0]?.answer.reject(new Error('no coordinator'))
  await expect(first).rejects.toThrow('no coordinator')
  await turn()
  expect(sent[1]?.nextOffsets).toEqual([
    [2, 2],
    [1, 3],
  ])
  sent[1]?.answer.resolve()
  await expect(Promise.all([second, third])).resolves.toEqual([undefined, undefined])
})
