import { expect, test } from 'vitest'
import { kafkaAnswers, redisAnswers } from './answer.ts'
import { kafkaAddresses, redisAddresses } from './environment.ts'
import { servers, uniqueSystem } from './for-tests.ts'

test('a test file that asks for the servers finds both answering', async () => {
  const { redisUrl, kafkaBrokers } = servers()
  for (const address of redisAddresses(redisUrl)) expect(await redisAnswers(address)).toBe(true)
  for (const address of kafkaAddresses(kafkaBrokers.join(','))) expect(await kafkaAnswers(address)).toBe(true)
})

test('no two tests have the same system name', () => {
  const names = Array.from({ length: 1000 }, uniqueSystem)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,64}$/)
})
