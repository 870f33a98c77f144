import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ALL_SETTINGS, withTable } from './settings.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

it('the README has the table of all settings as they are (npm run settings writes it)', () => {
  // The formatter pads columns; only the words count.
  const words = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---')
  expect(words(withTable(readme))).toBe(words(readme))
  for (const settings of ALL_SETTINGS)
    for (const { env } of Object.values(settings)) expect(readme).toContain(`\`${env}\``)
})

it('no two settings have the same variable', () => {
  const names = ALL_SETTINGS.flatMap((settings) => Object.values(settings).map(({ env }) => env))
  expect(new Set(names).size).toBe(names.length)
})
