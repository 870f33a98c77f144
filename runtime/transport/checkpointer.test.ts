import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Checkpointer } from './checkpointer.ts'

const script = (text: string): URL => new URL(`data:text/javascript,${encodeURIComponent(text)}`)
const listening = "import { parentPort } from 'node:worker_threads';"

let folder = ''
let database: DatabaseSync

/** More in the log than it takes to begin. */
const fill = (): void =>
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE IF NOT EXISTS text (body BLOB);
    INSERT INTO text VALUES (zeroblob(20000000));
  `)
const pagesLeft = (): number => {
  const { log, checkpointed } = database.prepare('PRAGMA wal_checkpoint(NOOP)').get() as Record<string, number>
  return (log ?? 0) - (checkpointed ?? 0)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-checkpoints-'))
  database = new DatabaseSync(join(folder, 'data.sqlite'))
  fill()
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

test.each([
  ['can not be started', script('this is no script')],
  ['ends when it is asked', script(`${listening} parentPort.once('message', () => process.exit(0))`)],
  [
    'ends while commits are held back',
    script(`${listening} let asked = 0
      parentPort.on('message', () => { if (++asked === 4) process.exit(1); parentPort.postMessage({}) })`),
  ],
])('a thread that %s holds up nobody, and what it was to do is done', async (_, worker) => {
  const errors: unknown[] = []
  await new Promise<void>((resolve) => {
    const onReleased = (): void => resolve()
    const onError = (error: unknown): void => void errors.push(error)
    const checkpointer = new Checkpointer({ path: join(folder, 'data.sqlite'), database, worker, onReleased, onError })
    expect(pagesLeft()).toBeGreaterThan(4_000)
    checkpointer.look()
    // Nothing else is begun meanwhile.
    checkpointer.look()
  })
  expect(errors).toEqual([])
  expect(pagesLeft()).toBe(0)
})

test('the next checkpoint has a thread again', async () => {
  let onReleased = (): void => undefined
  const parts = { path: join(folder, 'data.sqlite'), database, onError: (error: unknown) => expect.fail(String(error)) }
  const worker = script(`${listening} parentPort.once('message', () => process.exit(0))`)
  const checkpointer = new Checkpointer({ ...parts, worker, onReleased: () => onReleased() })
  for (let time = 0; time < 3; time++) {
    fill()
    await new Promise<void>((resolve) => {
      onReleased = resolve
      checkpointer.look()
    })
    expect([pagesLeft(), checkpointer.holdsCommits]).toEqual([0, false])
  }
  await checkpointer.close()
})
