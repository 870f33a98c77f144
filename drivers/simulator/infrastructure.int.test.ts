import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, it } from 'vitest'
import { sampleRequest } from '../testing/sample-requests.ts'
import { readJournal } from './infrastructure-file.ts'

const PROCESS = join(import.meta.dirname, '../testing/simulator-process.ts')
const RESOURCES = 60
const KILLS = 6
const TRANSITIONS = ['Create', 'Install', 'Configure', 'Start'] as const
const LAST_STEP = TRANSITIONS.length - 1

interface Line {
  readonly report?: { readonly requestId: string; readonly resourceId: string; readonly status: string }
}

let child: ChildProcess | undefined
let folder = ''

afterEach(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

it('does nothing twice and leaves nothing undone when its process is killed again and again', async () => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-killed-'))
  const path = join(folder, 'infrastructure.sqlite')
  /** How far each resource is, as its reports say. */
  const reached = new Map(Array.from({ length: RESOURCES }, (_, index) => [`r${index}`, 0]))
  const failed: string[] = []
  const arrived = (): boolean => [...reached.values()].every((step) => step > LAST_STEP)

  const ask = (resourceId: string, step: number): void => {
    const transition = TRANSITIONS[step]
    if (transition === undefined) return
    const request = sampleRequest({
      requestId: `${resourceId}-${transition}`,
      resourceId,
      transition,
      deadlineMs: Date.now() + 60_000,
    })
    child?.stdin?.write(`${JSON.stringify(request)}\n`)
  }

  /** Runs the process, asking (again) for what isn't done; ends it after `reportsMax` reports, if given. */
  const run = async (reportsMax: number): Promise<void> => {
    const current = spawn(process.execPath, [PROCESS, path], { stdio: ['pipe', 'pipe', 'inherit'] })
    child = current
    // It may be killed while it is written to.
    current.stdin.on('error', () => undefined)
    for (const [resourceId, step] of reached) ask(resourceId, step)
    let reports = 0
    for await (const text of createInterface({ input: current.stdout })) {
      const { report } = JSON.parse(text) as Line
      if (!report) continue
      if (report.status !== 'COMPLETE') failed.push(`${report.requestId} ${report.status}`)
      const step = TRANSITIONS.findIndex((transition) => report.requestId === `${report.resourceId}-${transition}`)
      if (reached.get(report.resourceId) === step) {
        reached.set(report.resourceId, step + 1)
        ask(report.resourceId, step + 1)
      }
      if (++reports >= reportsMax || arrived()) current.kill('SIGKILL')
    }
  }

  for (let kill = 0; kill < KILLS; kill++) await run(5 + kill * 7)
  while (!arrived()) await run(Infinity)

  expect(failed).toEqual([])
  const journal = readJournal(path).map((entry) => entry.requestId)
  expect(new Set(journal).size).toBe(journal.length)
  expect(journal.length).toBe(RESOURCES * TRANSITIONS.length)
}, 60_000)
