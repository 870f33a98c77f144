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
    'number of shards, fixed when the system is first set up; default: 4 on one machine, 16 in a cluster. No more workers than shards have work',
    z.coerce.number().int().min(1).max(1024).optional(),
  ),
}
