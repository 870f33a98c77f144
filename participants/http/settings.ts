/** Settings of the HTTP participant as a process of its own. */
import { z } from 'zod'
import { setting } from '../../runtime/settings.ts'

export const HTTP_PARTICIPANT_SETTINGS = {
  requestTimeoutMs: setting(
    'HOMEOSTAT_PARTICIPANT_REQUEST_TIMEOUT_MS',
    'a request without an answer after this long has failed',
    z.coerce.number().int().min(100).max(600_000).default(30_000),
  ),
}
