import { expect, test } from 'vitest'
import { underCircumstances } from './circumstances.ts'

test('what is measured comes back with what the machine was worth', async () => {
  const [result, found] = await underCircumstances('abc', async () => 42)
  expect([result, found.commit]).toEqual([42, 'abc'])
  expect(found.workPerS).toBeGreaterThan(0)
  expect(found.syncMs).toBeGreaterThan(0)
  if (process.platform === 'linux') expect(found.stolenShare).toBeGreaterThanOrEqual(0)
})
