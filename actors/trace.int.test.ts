import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../runtime/simulation/seeded-random.ts'
import { doneTwice, illegalSteps, taskKey } from './testing/infrastructure-checks.ts'
import {
  isDeserved,
  lifeRequests,
  type Life,
  type LifeRequest,
  recordedLife,
  testSeed,
} from './testing/recorded-life.ts'
import { checkTrace } from './testing/trace-checker.ts'
import { delayed, swapped } from './testing/trace-mutations.ts'
import type { RecordedProcess } from './testing/recorded-trace.ts'

const SETS_MIN = 200
/** About half of the generated sets contradict themselves (a circle of relationships), and are refused. */
const LIVES = 440
const INTENTS = [
  'ChangeAssemblyState',
  'CreateAssembly',
  'DeleteAssembly',
  'HealAssembly',
  'ScaleInAssembly',
  'ScaleOutAssembly',
]
/** The runtime takes no time of its own here, so nothing may begin even a millisecond later than it could. */
const EXACT = { slackMs: 0 }

/** Codes with which an order may be refused, by its intent. */
const EXPECTED_REFUSALS: Readonly<Record<string, readonly string[]>> = {
  CreateAssembly: ['dependency-cycle'],
  ChangeAssemblyState: ['dependency-cycle'],
  HealAssembly: ['dependency-cycle'],
  ScaleOutAssembly: ['dependency-cycle', 'maximum-reached', 'not-installed'],
  ScaleInAssembly: ['minimum-reached'],
  DeleteAssembly: [],
}

describe('executions recorded from the real runtime', () => {
  const seed = testSeed(1)
  const recorded: RecordedProcess[] = []
  const counts = new Map<string, number>()
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1)
  let sets = 0

  afterAll(() => {
    const found = [...counts].sort().map(([what, number]) => `${number} ${what}`)
    console.log(`seed ${seed}: ${sets} descriptor sets, ${recorded.length} processes: ${found.join(', ')}`)
  })

  test('keep all ordering rules, and nothing waits without a reason', async () => {
    await fc.assert(
      fc.asyncProperty(lifeRequests, async (request) => {
        const life = await recordedLife(request)
        for (const { code, type } of life.refusals) expect(EXPECTED_REFUSALS[type], type).toContain(code)
        for (const process of life.processes) {
          const { recording, status, reason } = process
          expect(checkTrace(recording, EXACT)).toEqual([])
          const isRight = status === 'Completed' || (status === 'Failed' && isDeserved(reason, request))
          expect(isRight, `${recording.intent.type}: ${status} ${reason}`).toBe(true)
          count(`${recording.intent.type} ${status}`)
          recorded.push(process)
        }
        expectTruth(life, request)
        if (life.processes.length > 0) sets++
        expect(life.system.faults).toEqual([])
        expect(await life.system.node.queries.deadLetters({ limit: 10 })).toEqual([])
        life.system.stop()
      }),
      { numRuns: LIVES, seed },
    )
    expect(sets).toBeGreaterThanOrEqual(SETS_MIN)
    for (const intent of INTENTS) expect(counts.get(`${intent} Completed`), intent).toBeGreaterThan(20)
  }, 180_000)

  test('would be found out: whatever took time and begins a little later', () => {
    const random = seededRandom(seed)
    let tried = 0
    for (const { recording } of recorded) {
      const late = delayed(recording, random)
      if (!late) continue
      tried++
      const rules = new Set(checkTrace(late, EXACT).map(({ rule }) => rule))
      expect([...rules]).toEqual(['no wait without a reason'])
    }
    expect(tried).toBeGreaterThan(SETS_MIN)
  })

  test('would be found out: two tasks that come one after the other, swapped', () => {
    const random = seededRandom(seed)
    let tried = 0
    for (const process of recorded) {
      const wrong = swapped(process, random)
      if (!wrong) continue
      tried++
      expect(checkTrace(wrong.recording, EXACT), wrong.what).not.toEqual([])
    }
    expect(tried).toBeGreaterThan(SETS_MIN)
  })
})

/** What the processes say of themselves is what has happened to the infrastructure. */
const expectTruth = ({ system, processes }: Life, { circumstances }: LifeRequest): void => {
  const journal = system.infrastructure.journal()
  expect(doneTwice(journal)).toEqual([])
  const tasks = new Map(processes.flatMap(({ called }) => called.map((task) => [task.key, task] as const)))
  const done = new Set(journal.map(taskKey))
  for (const entry of journal) {
    const task = tasks.get(taskKey(entry))
    expect(task, entry.requestId).toBeDefined()
    expect(entry.atMs).toBeGreaterThanOrEqual(task?.startedAtMs ?? Infinity)
    expect(entry.atMs).toBeLessThanOrEqual(task?.endedAtMs ?? -Infinity)
  }
  const mayHaveFailed = circumstances.failsWith !== undefined
  // What failed for good is in doubt, and may turn out to be so already when it is asked for again.
  const notDone = mayHaveFailed
    ? []
    : [...tasks.values()].filter(({ key, succeeded, isNeeded }) => isNeeded && succeeded && !done.has(key))
  expect(notDone).toEqual([])
  const declared = new Map(processes.flatMap((process) => [...process.declared]))
  expect(
    illegalSteps(journal, {
      declared: (name) => declared.get(name) ?? [],
      mayHaveFailed,
    }),
  ).toEqual([])
}
