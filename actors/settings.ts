/** The times of the entities that an operator may want to change; the others are in `config.ts`. */
import { z } from 'zod'
import { setting } from '../runtime/settings.ts'
import { DEFAULT_ACTORS_CONFIG } from './config.ts'

const milliseconds = z.coerce.number().int().positive()

export const ACTOR_SETTINGS = {
  requestTimeoutMs: setting(
    'HOMEOSTAT_DRIVER_TIMEOUT_MS',
    'how long a driver request waits for its answer before the same request is sent again',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.requestTimeoutMs),
  ),
  requestSendsMax: setting(
    'HOMEOSTAT_DRIVER_SENDS_MAX',
    'how often the same driver request is sent before its task fails with `NO_ANSWER`',
    z.coerce.number().int().positive().default(DEFAULT_ACTORS_CONFIG.requestSendsMax),
  ),
  attemptsMax: setting(
    'HOMEOSTAT_DRIVER_ATTEMPTS_MAX',
    'attempts at a driver request that fails before its task fails',
    z.coerce.number().int().positive().default(DEFAULT_ACTORS_CONFIG.attemptsMax),
  ),
  backoffFirstMs: setting(
    'HOMEOSTAT_DRIVER_BACKOFF_MS',
    'wait before the second attempt; it doubles with each',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.backoffFirstMs),
  ),
  policyQuietMs: setting(
    'HOMEOSTAT_POLICY_QUIET_MS',
    'how long a heal or scale policy orders nothing after an order has ended or was refused',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.policyQuietMs),
  ),
  processRetentionMs: setting(
    'HOMEOSTAT_PROCESS_RETENTION_MS',
    'how long ended processes are kept',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.processRetentionMs),
  ),
}
