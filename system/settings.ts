/** Settings of a node as a whole. */
import { hostname } from 'node:os'
import { z } from 'zod'
import { setting } from '../runtime/settings.ts'

export const ROLES = ['gateway', 'worker', 'driver', 'participant'] as const
export type Role = (typeof ROLES)[number]

const role = z.enum(ROLES, {
  error: (issue) => `${JSON.stringify(issue.input)} is not a role; roles are ${ROLES.join(', ')}, separated by commas`,
})

export const SYSTEM_SETTINGS = {
  roles: setting(
    'HOMEOSTAT_ROLES',
    'what this node does: `gateway` (the HTTP API), `worker` (runs entities), `driver` (calls drivers), `participant`',
    z
      .string()
      .default(ROLES.join(','))
      .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== ''))
      .pipe(z.array(role).min(1, `name at least one role of ${ROLES.join(', ')}`)),
  ),
  node: setting(
    'HOMEOSTAT_NODE',
    'name of this node in the service registry; default: the name of the machine',
    z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'up to 63 letters, digits, dots, dashes and underscores')
      .default(
        () =>
          hostname()
            .replace(/[^A-Za-z0-9._-]/g, '-')
            .slice(0, 63) || 'node',
      ),
  ),
  protocolMax: setting(
    'HOMEOSTAT_PROTOCOL_MAX',
    'the newest protocol version that this node speaks, to hold one back during an upgrade; default: what it can',
    z.coerce.number().int().positive().optional(),
  ),
  startTimeoutMs: setting(
    'HOMEOSTAT_START_TIMEOUT_MS',
    'how long a starting node waits for Redis and Kafka to answer; then it ends and says what was missing',
    z.coerce.number().int().min(0).default(30_000),
  ),
  drainDelayMs: setting(
    'HOMEOSTAT_DRAIN_DELAY_MS',
    'how long a node that was told to end still takes requests while its readiness says no, so that nobody sends it more',
    z.coerce.number().int().min(0).default(0),
  ),
  example: setting(
    'HOMEOSTAT_EXAMPLE',
    '`on`: the example is onboarded and, the first time, ordered; `off`: the node starts with what it has; default: on for a node with all roles on one machine',
    z.enum(['on', 'off']).optional(),
  ),
}
