import { expect, test } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { seldom } from './warnings.ts'

test('the same is said once in ten seconds, then with how often it was said', () => {
  const clock = new ManualClock()
  const said: [string, unknown][] = []
  const warn = seldom((text, details) => said.push([text, details]), clock)
  for (let times = 0; times < 5; times++) warn('a', { times })
  warn('b', {})
  clock.advance(10_000)
  warn('a', { times: 6 })
  expect(said).toEqual([
    ['a', { times: 0 }],
    ['b', {}],
    ['a', { times: 6, repeated: 4 }],
  ])
})
