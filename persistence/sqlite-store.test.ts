import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { durableStoreContract, storeContract } from '../runtime/testing/store-contract.ts'
import { openEmbedded } from './embedded.ts'

const open = (options: { entityCacheMax?: number }) => async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-store-'))
  const path = join(folder, 'data.sqlite')
  let embedded = await openEmbedded({ path, ...options })
  return {
    store: embedded.store,
    other: embedded.store,
    reopen: async () => {
      await embedded.close()
      embedded = await openEmbedded({ path, ...options })
      return embedded.store
    },
    dispose: async () => {
      await embedded.close()
      rmSync(folder, { recursive: true })
    },
  }
}

storeContract('sqlite', open({}))
storeContract('sqlite, with next to nothing in memory', open({ entityCacheMax: 1 }))
durableStoreContract('sqlite', open({}))
