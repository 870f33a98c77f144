/**
 * A thread with its own connection to the file: each message is a request for a checkpoint, and is answered when it is done.
 * `undefined` as a message ends it.
 */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { errorText } from '../fault.ts'

export interface CheckpointAnswer {
  readonly error?: { readonly text: string; readonly errcode: number }
}

const database = new DatabaseSync(String(workerData))
database.exec('PRAGMA synchronous = NORMAL')
const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')

const run = (): CheckpointAnswer => {
  try {
    checkpoint.get()
    return {}
  } catch (error) {
    const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
    return { error: { text: errorText(error), errcode } }
  }
}

parentPort?.on('message', (request: unknown) => {
  if (request !== undefined) return parentPort?.postMessage(run())
  database.close()
  parentPort?.close()
})
