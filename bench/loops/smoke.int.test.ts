import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { servers } from '../../scripts/servers/for-tests.ts'
import type { Section } from '../cluster/section.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const { redisUrl, kafkaBrokers } = servers()

// Many and one; in one process and over Kafka: all that the others are made of.
const NAMES = ['throughput-one-process', 'latency-over-kafka']

test('control loops are measured, none is lost, and the report is written', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-smoke-'))
  try {
    const report = join(folder, 'loops.md')
    const only = NAMES.flatMap((name) => ['--only', name])
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [main, '--scale', 'small', ...only, '--report', report, '--json'],
      {
        env: { ...process.env, REDIS_URL: redisUrl, KAFKA_BROKERS: kafkaBrokers.join(',') },
        maxBuffer: 64 * 1024 * 1024,
      },
    )
    const { sections } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { sections: readonly Section[] }
    expect(sections.map(({ name, losses }) => [name, losses])).toEqual(NAMES.map((name) => [name, []]))
    const written = readFileSync(report, 'utf8')
    for (const { title, summaries } of sections) {
      expect(written).toContain(`## ${title}`)
      expect(summaries.length).toBeGreaterThan(0)
      for (const { name, median, isMet } of summaries) {
        expect([name, Number.isFinite(median)]).toEqual([name, true])
        // How fast it is, is no business of a test.
        expect(isMet).toBeUndefined()
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
