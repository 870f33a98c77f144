import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { servers } from '../../scripts/servers/for-tests.ts'
import type { Section } from './section.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const { redisUrl, kafkaBrokers } = servers()

/** Each bench is a process of its own, and so are its nodes and clients. */
const bench = (...args: string[]) =>
  promisify(execFile)(process.execPath, [main, '--scale', 'small', ...args], {
    env: { ...process.env, REDIS_URL: redisUrl, KAFKA_BROKERS: kafkaBrokers.join(',') },
    maxBuffer: 64 * 1024 * 1024,
  })

const GROUPS = [['ceilings', 'commands', 'http'], ['orders', 'spread', 'growth'], ['takeover'], ['crowded-node']]

test('every measurement runs, loses nothing, and writes its part of the report', { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-smoke-'))
  try {
    await Promise.all(
      GROUPS.map(async (group, index) => {
        const report = join(folder, String(index), 'cluster.md')
        const { stdout } = await bench(...group.flatMap((name) => ['--only', name]), '--report', report, '--json')
        const { sections } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { sections: readonly Section[] }
        expect(sections.map(({ name, losses }) => [name, losses])).toEqual(group.map((name) => [name, []]))
        const written = readFileSync(report, 'utf8')
        for (const { title, summaries, charts = [] } of sections) {
          expect(written).toContain(`## ${title}`)
          expect(summaries.length).toBeGreaterThan(0)
          for (const { name, median, isMet } of summaries) {
            expect([name, Number.isFinite(median)]).toEqual([name, true])
            // How fast it is, is no business of a test.
            expect(isMet).toBeUndefined()
          }
          for (const { name } of charts) expect(readdirSync(join(report, '..'))).toContain(`cluster-${name}.svg`)
        }
      }),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what an earlier run measured stays in the report', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-smoke-'))
  try {
    const report = join(folder, 'cluster.md')
    const earlier: Section = { name: 'orders', title: 'Orders of yesterday', summaries: [], notes: [], losses: [] }
    writeFileSync(join(folder, 'cluster.json'), JSON.stringify({ head: {}, sections: [earlier] }))
    await bench('--only', 'ceilings', '--report', report)
    const written = readFileSync(report, 'utf8')
    expect(written.indexOf('## Ceilings')).toBeGreaterThan(0)
    expect(written.indexOf('## Orders of yesterday')).toBeGreaterThan(written.indexOf('## Ceilings'))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what it does not know is refused, with its usage', async () => {
  await expect(bench('--only', 'nonsense')).rejects.toMatchObject({ code: 2 })
})
