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
  statusTimeoutMs: setting(
    'HOMEOSTAT_PARTICIPANT_SILENCE_MS',
    'how long a participant may be silent before it is asked how it is; longer than they wait between two reports',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.statusTimeoutMs),
  ),
  statusQuestionMs: setting(
    'HOMEOSTAT_PARTICIPANT_ANSWER_MS',
    'how long a silent participant may take to answer before it is asked again; after four questions it is OFF_LINE',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.statusQuestionMs),
  ),
  definitionTimeoutMs: setting(
    'HOMEOSTAT_DEFINITION_TIMEOUT_MS',
    'how long a participant may take to acknowledge definitions before they are sent again',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.definitionTimeoutMs),
  ),
  loopAttemptsMax: setting(
    'HOMEOSTAT_LOOP_ATTEMPTS_MAX',
    'attempts at a step of a control loop before an alarm is raised; it is tried further, ever more seldom',
    z.coerce.number().int().positive().default(DEFAULT_ACTORS_CONFIG.loopAttemptsMax),
  ),
  loopBackoffFirstMs: setting(
    'HOMEOSTAT_LOOP_BACKOFF_MS',
    'wait before what a participant could not do is ordered again; it doubles with each attempt',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.loopBackoffFirstMs),
  ),
  loopBackoffMaxMs: setting(
    'HOMEOSTAT_LOOP_BACKOFF_MAX_MS',
    'the longest of these waits',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.loopBackoffMaxMs),
  ),
  alarmRetentionMs: setting(
    'HOMEOSTAT_ALARM_RETENTION_MS',
    'how long cleared alarms are kept',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.alarmRetentionMs),
  ),
  processRetentionMs: setting(
    'HOMEOSTAT_PROCESS_RETENTION_MS',
    'how long ended processes are kept',
    milliseconds.default(DEFAULT_ACTORS_CONFIG.processRetentionMs),
  ),
}
