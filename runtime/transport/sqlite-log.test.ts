import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { durableLogContract, logContract } from '../testing/log-contract.ts'
import { SqliteFile } from './sqlite-file.ts'
import { SqliteLog } from './sqlite-log.ts'
import type { SqliteLogOptions } from './sqlite-log.ts'

const open = (options: SqliteLogOptions) => async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-log-'))
  let file = new SqliteFile({ path: join(folder, 'data.sqlite') })
  const log = new SqliteLog(file, options)
  return {
    log,
    other: log,
    reopen: async () => {
      await file.close()
      file = new SqliteFile({ path: join(folder, 'data.sqlite') })
      return new SqliteLog(file, options)
    },
    dispose: async () => {
      await file.close()
      rmSync(folder, { recursive: true })
    },
  }
}

logContract('sqlite', open({}))
logContract('sqlite, with next to nothing in memory', open({ tailRecordsMax: 3, tailBytesMax: 40 }))
durableLogContract('sqlite', open({}))
