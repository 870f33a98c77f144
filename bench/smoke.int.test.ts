import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const bench = (...args: string[]) => promisify(execFile)(process.execPath, [main, ...args])

interface Printed {
  readonly quick: boolean
  readonly machine: { readonly cpu: string; readonly cores: number }
  readonly measurements: readonly {
    readonly name: string
    readonly losses: readonly string[]
    readonly summaries: readonly { readonly name: string; readonly median: number; readonly isMet?: boolean }[]
  }[]
}

it('runs, loses nothing, leaves nothing behind and prints one JSON object last', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-smoke-'))
  try {
    const { stdout } = await bench('--quick', '--json', '--folder', folder)
    const printed = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Printed
    expect(printed.quick).toBe(true)
    expect(printed.machine.cores).toBeGreaterThan(0)
    expect(printed.measurements.map(({ name, losses }) => [name, losses])).toEqual(
      ['commands', 'http', 'orders', 'idle'].map((name) => [name, []]),
    )
    for (const { summaries } of printed.measurements) {
      expect(summaries.length).toBeGreaterThan(0)
      for (const { median, isMet } of summaries) {
        expect(Number.isFinite(median)).toBe(true)
        // How fast it is, is no business of a test.
        expect(isMet).toBeUndefined()
      }
    }
    expect(readdirSync(folder)).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('refuses what it does not know, with its usage', async () => {
  await expect(bench('--only', 'nonsense')).rejects.toMatchObject({ code: 2 })
})
