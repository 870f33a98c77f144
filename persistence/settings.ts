/** Where and how a node keeps its data. */
import { z } from 'zod'
import { setting } from '../runtime/settings.ts'

export const DATA_SETTINGS = {
  data: setting(
    'HOMEOSTAT_DATA',
    'folder of everything that is kept; made if it is missing',
    z.string().default('.homeostat'),
  ),
  synchronous: setting(
    'HOMEOSTAT_SYNC',
    '`full`: what was acknowledged survives a power cut; `normal`: it survives the death of the process',
    z.enum(['full', 'normal']).default('full'),
  ),
  shards: setting(
    'HOMEOSTAT_SHARDS',
    'number of shards, fixed when the data folder is first used; few of them share their commits better on one machine',
    z.coerce.number().int().min(1).max(1024).default(4),
  ),
}
