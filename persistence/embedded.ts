/** Log and store of a system on one machine, in one file. */
import { SqliteFile } from '../runtime/transport/sqlite-file.ts'
import type { SqliteFileOptions } from '../runtime/transport/sqlite-file.ts'
import { SqliteLog } from '../runtime/transport/sqlite-log.ts'
import type { SqliteLogOptions } from '../runtime/transport/sqlite-log.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { SqliteStoreOptions } from './sqlite-store.ts'

export type EmbeddedOptions = SqliteFileOptions & SqliteLogOptions & SqliteStoreOptions

export interface Embedded {
  readonly log: SqliteLog
  readonly store: SqliteStore
  /** Commits what has been asked for, and gives the file back. */
  close(): Promise<void>
}

/**
 * Opens the file, or makes it with its folder.
 * @throws {RuntimeFault} `in-use` if another process has it open; `newer-version` if a newer release wrote it;
 * `unavailable` if it can't be opened or isn't such a file
 */
export const openEmbedded = async (options: EmbeddedOptions): Promise<Embedded> => {
  const file = new SqliteFile(options)
  try {
    const log = new SqliteLog(file, options)
    const store = new SqliteStore(file, log, options)
    const close = async (): Promise<void> => {
      await log.close()
      await store.close()
      await file.close()
    }
    return { log, store, close }
  } catch (error) {
    await file.close()
    throw error
  }
}
