import { expect, test } from 'vitest'
import { Absent, FinalProblem, NoServer, obtainFirst } from './ways.ts'
import type { How, Way } from './ways.ts'

const way = (how: How, tried: How[], outcome: 'works' | 'not asked for' | Error): Way => ({
  how,
  obtain: async () => {
    tried.push(how)
    if (outcome instanceof Error) throw outcome
    if (outcome === 'not asked for') return undefined
    return { address: how, description: how, stop: () => Promise.resolve() }
  },
})

const silent = (): void => undefined

test('the first way that works is taken, and no later one is tried', async () => {
  const tried: How[] = []
  const ways = [
    way('environment', tried, 'not asked for'),
    way('containers', tried, 'works'),
    way('local', tried, 'works'),
  ]
  expect(await obtainFirst('Redis', ways, silent)).toMatchObject({ how: 'containers', address: 'containers' })
  expect(tried).toEqual(['environment', 'containers'])
})

test('what is asked for and does not work is an error, not a reason to take something else', async () => {
  const tried: How[] = []
  const ways = [way('environment', tried, new FinalProblem('REDIS_URL is wrong')), way('local', tried, 'works')]
  await expect(obtainFirst('Redis', ways, silent)).rejects.toThrow(
    'no Redis to be had:\n  - environment: REDIS_URL is wrong',
  )
  expect(tried).toEqual(['environment'])
})

test('where no way works, the error says of each why', async () => {
  const ways = [
    way('environment', [], 'not asked for'),
    way('containers', [], new Absent('no Docker engine')),
    way('local', [], new Error('no java')),
  ]
  const failure = await obtainFirst('Kafka', ways, silent).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(NoServer)
  expect((failure as NoServer).problems).toEqual(['containers: no Docker engine', 'local: no java'])
})

test('a way that failed is mentioned at once, one that this machine does not have is not', async () => {
  const lines: string[] = []
  const print = (line: string): void => void lines.push(line)
  const ways = (problem: Error): readonly Way[] => [way('containers', [], problem), way('local', [], 'works')]
  await obtainFirst('Kafka', ways(new Absent('no Docker engine')), print)
  expect(lines).toEqual([])
  await obtainFirst('Kafka', ways(new Error('the image can not be pulled')), print)
  expect(lines).toEqual(['Kafka not from containers: the image can not be pulled'])
})
