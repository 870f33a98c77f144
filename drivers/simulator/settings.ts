/** Settings of the simulator as a process of its own. */
import { z } from 'zod'
import { setting } from '../../runtime/settings.ts'
import { DRIVER_SETTINGS } from '../http/settings.ts'
import { chaosSetting } from './chaos.ts'

export const SIMULATOR_SETTINGS = {
  port: setting(
    'HOMEOSTAT_SIMULATOR_PORT',
    'port of its HTTP interface; 0: any',
    z.coerce.number().int().min(0).max(65_535).default(8290),
  ),
  host: setting('HOMEOSTAT_SIMULATOR_HOST', 'address that it listens on', z.string().default('127.0.0.1')),
  data: setting(
    'HOMEOSTAT_SIMULATOR_DATA',
    'file of the simulated infrastructure; made if it is not there',
    z.string().default('.homeostat/simulated-infrastructure.sqlite'),
  ),
  askerTimeoutMs: setting(
    'HOMEOSTAT_SIMULATOR_ASKER_TIMEOUT_MS',
    'how long the asker waits for an answer, as far as the simulator knows: a later one leaves the asker in doubt',
    z.coerce.number().int().positive().default(900_000),
  ),
  chaos: setting(
    'HOMEOSTAT_SIMULATOR_CHAOS',
    'ways in which it misbehaves on purpose, for instance `early,repeat=2,unknown=1,lose=10`',
    chaosSetting,
  ),
  eventsTopic: DRIVER_SETTINGS.eventsTopic,
}
