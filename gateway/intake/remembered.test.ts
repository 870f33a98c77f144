import { expect, test } from 'vitest'
import { ManualClock } from '../../runtime/testing/manual-clock.ts'
import { remembered } from './remembered.ts'

const limits = { ttlMs: 1_000, entriesMax: 2 }

const counted = (answer: (key: string, times: number) => string | undefined) => {
  const asked: string[] = []
  const lookUp = async (key: string): Promise<string | undefined> => {
    asked.push(key)
    return answer(key, asked.length)
  }
  return { asked, lookUp }
}

test('a key is looked up once within its time, also if there is nothing, and also by two at once', async () => {
  const clock = new ManualClock()
  const { asked, lookUp } = counted((key) => (key === 'there' ? 'found' : undefined))
  const find = remembered(lookUp, clock, limits)
  expect(await Promise.all([find('there'), find('there'), find('nowhere')])).toEqual(['found', 'found', undefined])
  expect([await find('there'), await find('nowhere')]).toEqual(['found', undefined])
  expect(asked).toEqual(['there', 'nowhere'])
  clock.advance(1_000)
  await find('there')
  expect(asked).toEqual(['there', 'nowhere', 'there'])
})

test('a failure is not remembered', async () => {
  const { lookUp } = counted((_key, times) => {
    if (times === 1) throw new Error('down')
    return 'found'
  })
  const find = remembered(lookUp, new ManualClock(), limits)
  await expect(find('a')).rejects.toThrow('down')
  expect(await find('a')).toBe('found')
})

test('no more is remembered than the limit: the one looked up longest ago goes', async () => {
  const { asked, lookUp } = counted((key) => key)
  const find = remembered(lookUp, new ManualClock(), limits)
  for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await find(key)
  expect(asked).toEqual(['a', 'b', 'c', 'a'])
})
