/** Settings of the simulator as a process of its own. */
import { z } from 'zod'
import { setting } from '../../runtime/settings.ts'

export const SIMULATOR_PARTICIPANT_SETTINGS = {
  port: setting(
    'HOMEOSTAT_PARTICIPANT_PORT',
    'port of its REST interface; 0: any',
    z.coerce.number().int().min(0).max(65_535).default(8295),
  ),
  host: setting('HOMEOSTAT_PARTICIPANT_HOST', 'address that it listens on', z.string().default('127.0.0.1')),
}
