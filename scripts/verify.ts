/**
 * `npm test`: everything that must hold before a change goes in. Types, lint, import arrows, format, then all tests.
 * Ends with one line `N passed, N failed, N skipped`; a check counts as one.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const root = fileURLToPath(new URL('..', import.meta.url))
// The Node that the package pins comes first for everything that is started from here.
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}` }

/** Scripts of package.json. Each keeps one core busy, so two lanes of about the same length run side by side. */
const CHECKS = [['lint'], ['types', 'arrows', 'format:check']]

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
})
type Report = z.infer<typeof report>

/** Each failure in two lines, once more: whoever sees only the end of the output still knows what failed. */
const tellFailures = ({ testResults }: Report): void => {
  const tell = (file: string, what: string, message = ''): void => {
    console.log(`FAILED  ${relative(root, file)}: ${what}\n        ${message.split('\n', 1)[0] ?? ''}`)
  }
  for (const { name, status, message, assertionResults } of testResults) {
    if (status === 'failed' && assertionResults.length === 0) tell(name, 'could not be loaded', message)
    for (const { status: was, fullName, failureMessages } of assertionResults)
      if (was === 'failed') tell(name, fullName, failureMessages?.[0])
  }
}

const tellEnd = (name: string, succeeded: boolean, startedMs: number): boolean => {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${succeeded ? 'ok    ' : 'FAILED'}  ${name} (${seconds} s)`)
  return succeeded
}

const run = (name: string, command: string, args: readonly string[]): boolean => {
  const startedMs = performance.now()
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' })
  return tellEnd(name, status === 0, startedMs)
}

/** What it prints comes whole, when it has ended. */
const check = (name: string): Promise<boolean> => {
  const startedMs = performance.now()
  const child = spawn('npm', ['run', '--silent', name], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.once('error', (error) => (output += `${error.message}\n`))
  return new Promise((resolve) =>
    child.once('close', (code) => {
      process.stdout.write(output)
      resolve(tellEnd(name, code === 0, startedMs))
    }),
  )
}

const filters = process.argv.slice(2)
let passed = 0
let failed = 0
let skipped = 0
if (filters.length === 0)
  await Promise.all(
    CHECKS.map(async (lane) => {
      for (const name of lane) {
        if (await check(name)) passed++
        else failed++
      }
    }),
  )

const folder = mkdtempSync(join(tmpdir(), 'homeostat-tests-'))
const output = join(folder, 'report.json')
const succeeded = run('tests', 'vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${output}`,
  ...filters,
])
try {
  const results = report.parse(JSON.parse(readFileSync(output, 'utf8')))
  passed += results.numPassedTests
  failed += results.numFailedTests
  skipped += results.numPendingTests + results.numTodoTests
  // A file that could not even be loaded has no test that failed.
  failed += results.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  tellFailures(results)
  if (!succeeded && failed === 0) failed++
} catch (error) {
  console.error(`the tests left no report: ${error instanceof Error ? error.message : String(error)}`)
  failed++
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed > 0 ? 1 : 0)
