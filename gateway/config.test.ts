import { expect, it } from 'vitest'

import type { ConfigError } from '../runtime/settings.ts'
import { isLoopback, readGatewayConfig } from './config.ts'

it('has defaults, takes values, and takes an empty one as none', () => {
  expect(readGatewayConfig({})).toMatchObject({ host: '127.0.0.1', port: 8080, bodyBytesMax: 1_048_576 })
  expect(readGatewayConfig({ HOMEOSTAT_PORT: '0', HOMEOSTAT_HOST: '::1' })).toMatchObject({ port: 0, host: '::1' })
  expect(readGatewayConfig({ HOMEOSTAT_PORT: '' }).port).toBe(8080)
  expect(readGatewayConfig({ HOMEOSTAT_RESOURCE_MANAGER_ALIASES: ' a, b ,' }).resourceManagerAliases).toEqual([
    'a',
    'b',
  ])
})

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readGatewayConfig(env)
    return []
  } catch (error) {
    return (error as ConfigError).problems
  }
}

it('names every wrong setting', () => {
  const problems = problemsOf({ HOMEOSTAT_PORT: 'http', HOMEOSTAT_BODY_BYTES_MAX: '-1' })
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(['HOMEOSTAT_PORT', 'HOMEOSTAT_BODY_BYTES_MAX'])
})

it('listens where others can reach it only if that is said in so many words', () => {
  expect(problemsOf({ HOMEOSTAT_HOST: '0.0.0.0' })[0]).toMatch(/no authentication yet[\s\S]*HOMEOSTAT_EXPOSE=on/)
  expect(problemsOf({ HOMEOSTAT_HOST: '0.0.0.0', HOMEOSTAT_EXPOSE: 'on' })).toEqual([])
})

it.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['127.0.0.1.evil.example', false],
  ['localhost.evil.example', false],
  ['', false],
])('%s is loopback: %s', (host, is) => expect(isLoopback(host)).toBe(is))
