/** `npm run settings`: writes the table of all settings into README.md; with `--check` it only says whether it is right. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import type { Settings } from '../runtime/settings.ts'
import { SETTING_GROUPS } from '../system/environment.ts'

const README = fileURLToPath(new URL('../README.md', import.meta.url))
const TABLE = /(<!-- settings: .*? -->\n)[\s\S]*?(<!-- \/settings -->)/

const defaultText = (schema: z.ZodType): string => {
  const value = schema.safeParse(undefined)
  return value.success ? String(Array.isArray(value.data) ? value.data.join(',') : value.data) : ''
}

export const settingsTable = (groups: readonly Settings[]): string => {
  const rows = groups.flatMap((settings) =>
    Object.values(settings).map(({ env, meaning, schema }) => `| \`${env}\` | ${defaultText(schema)} | ${meaning} |`),
  )
  return ['', '| variable | default | meaning |', '| --- | --- | --- |', ...rows, '', ''].join('\n')
}

export const ALL_SETTINGS: readonly Settings[] = Object.values(SETTING_GROUPS)

export const withTable = (readme: string): string =>
  readme.replace(TABLE, (_all, head: string, foot: string) => `${head}${settingsTable(ALL_SETTINGS)}${foot}`)

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(README, withTable(readFileSync(README, 'utf8')))
