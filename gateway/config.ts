/** Every bound and time of the gateway, with what happens when it is hit, read from the environment. */
import { z } from 'zod'
import { ConfigError, type Environment, readSettings, setting, type SettingValues } from '../runtime/settings.ts'

const count = z.coerce.number().int().positive()
const milliseconds = z.coerce.number().int().positive()

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i

/** Whether nobody but this machine can reach a server that listens here. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host)

/** One row per setting: the table in the README is made from the same facts. */
export const GATEWAY_SETTINGS = {
  host: setting(
    'HOMEOSTAT_HOST',
    'address that the HTTP API listens on; one that other machines can reach needs `HOMEOSTAT_EXPOSE=on`',
    z.string().default('127.0.0.1'),
  ),
  expose: setting(
    'HOMEOSTAT_EXPOSE',
    '`on`: the API, which has no authentication, may listen where other machines reach it; only behind something that lets nobody else through',
    z.enum(['on', 'off']).default('off'),
  ),
  port: setting(
    'HOMEOSTAT_PORT',
    'its port; 0 takes any that is free',
    z.coerce.number().int().min(0).max(65_535).default(8080),
  ),
  askDeadlineMs: setting(
    'HOMEOSTAT_ASK_DEADLINE_MS',
    'how long an order waits for the answer of its entity; then 504 (the outcome is unknown, asking again is safe)',
    milliseconds.default(10_000),
  ),
  readDeadlineMs: setting(
    'HOMEOSTAT_READ_DEADLINE_MS',
    'how long a query waits for the store; then 503',
    milliseconds.default(5_000),
  ),
  inFlightMax: setting(
    'HOMEOSTAT_HTTP_IN_FLIGHT_MAX',
    'requests being worked on; more get 429 with Retry-After',
    count.default(1024),
  ),
  bodyBytesMax: setting('HOMEOSTAT_BODY_BYTES_MAX', 'size of a request body; more gets 413', count.default(1_048_576)),
  bodyDeadlineMs: setting(
    'HOMEOSTAT_BODY_DEADLINE_MS',
    'how long a client may take to send its request; then 408 or the connection is closed',
    milliseconds.default(30_000),
  ),
  projectBytesMax: setting(
    'HOMEOSTAT_PROJECT_BYTES_MAX',
    'size of a whole project in one request; more gets 413',
    count.default(8_388_608),
  ),
  projectFilesMax: setting(
    'HOMEOSTAT_PROJECT_FILES_MAX',
    'files of a whole project in one request; more gets 400',
    count.default(1000),
  ),
  eventClientsMax: setting('HOMEOSTAT_EVENT_CLIENTS_MAX', 'open event streams; more get 429', count.default(256)),
  eventBufferBytes: setting(
    'HOMEOSTAT_EVENT_BUFFER_BYTES',
    'bytes held for an event stream that reads too slowly; then it is cut off (it can resume)',
    count.default(1_048_576),
  ),
  eventHeartbeatMs: setting(
    'HOMEOSTAT_EVENT_HEARTBEAT_MS',
    'a comment is sent on a silent event stream this often, so that proxies keep it open',
    milliseconds.default(15_000),
  ),
  closeGraceMs: setting(
    'HOMEOSTAT_CLOSE_GRACE_MS',
    'how long a stopping gateway waits for the requests in flight; then it closes their connections',
    milliseconds.default(10_000),
  ),
  resourceManagerAliases: setting(
    'HOMEOSTAT_RESOURCE_MANAGER_ALIASES',
    'URLs, separated by commas, that mean the built-in resource manager `brent` when one is registered',
    z
      .string()
      .default('https://cp4na-o-brent:8291/api/resource-manager')
      .transform((text) =>
        text
          .split(',')
          .map((url) => url.trim())
          .filter((url) => url !== ''),
      ),
  ),
}

export type GatewayConfig = SettingValues<typeof GATEWAY_SETTINGS>

/** Why the API may not listen there; undefined: it may. */
export const exposureProblem = ({ host, expose }: Pick<GatewayConfig, 'host' | 'expose'>): string | undefined =>
  isLoopback(host) || expose === 'on'
    ? undefined
    : `HOMEOSTAT_HOST: ${JSON.stringify(host)} can be reached from other machines, and the API has no authentication yet: ` +
      'use 127.0.0.1, ::1 or localhost (and a tunnel, for instance ssh -L, to reach it from elsewhere), or say ' +
      'HOMEOSTAT_EXPOSE=on where nobody but those you trust can reach it'

/** @throws {ConfigError} naming every wrong setting at once */
export const readGatewayConfig = (env: Environment): GatewayConfig => {
  const config = readSettings(GATEWAY_SETTINGS, env)
  const problem = exposureProblem(config)
  if (problem !== undefined) throw new ConfigError([problem])
  return config
}
