import { expect, it } from 'vitest'
import { preferred } from './edge.ts'

it.each([
  [undefined, 'json'],
  ['', 'json'],
  ['*/*', 'json'],
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
  ['text/x-yaml; charset=utf-8', 'yaml'],
  ['application/json, application/yaml', 'json'],
  ['application/json;q=0.5, application/yaml;q=0.9', 'yaml'],
  ['application/yaml, */*;q=0.1', 'yaml'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'json'],
  ['application/json;q=0', undefined],
  ['text/html', undefined],
  ['application/json;q=x', 'json'],
])('of %j takes %s', (accept, format) => {
  expect(preferred(accept)).toBe(format)
})
