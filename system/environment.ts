/** Everything that a node reads from its environment. All wrong settings are named at once. */
import { EVENT_SETTINGS } from '../actors/event-settings.ts'
import { ACTOR_SETTINGS } from '../actors/settings.ts'
import { DRIVER_SETTINGS } from '../drivers/http/settings.ts'
import { exposureProblem, GATEWAY_SETTINGS } from '../gateway/config.ts'
import { INTAKE_SETTINGS } from '../gateway/intake/settings.ts'
import { REDIS_SETTINGS } from '../persistence/redis-settings.ts'
import { DATA_SETTINGS } from '../persistence/settings.ts'
import { ConfigError, type Environment, readSettings, type Settings, type SettingValues } from '../runtime/settings.ts'
import { KAFKA_SETTINGS } from '../runtime/transport/kafka/settings.ts'
import { PARTICIPANT_SETTINGS } from './participant-settings.ts'
import { SYSTEM_SETTINGS } from './settings.ts'

/** In the order of the README's table. */
export const SETTING_GROUPS = {
  system: SYSTEM_SETTINGS,
  gateway: GATEWAY_SETTINGS,
  data: DATA_SETTINGS,
  redis: REDIS_SETTINGS,
  kafka: KAFKA_SETTINGS,
  drivers: DRIVER_SETTINGS,
  intake: INTAKE_SETTINGS,
  events: EVENT_SETTINGS,
  participants: PARTICIPANT_SETTINGS,
  actors: ACTOR_SETTINGS,
}

type Groups = typeof SETTING_GROUPS
export type NodeSettings = { readonly [Name in keyof Groups]: SettingValues<Groups[Name]> }

/** A cluster has Redis and Kafka; a node on its own has neither. */
export const isCluster = ({ redis, kafka }: Pick<NodeSettings, 'redis' | 'kafka'>): boolean =>
  redis.redisUrl !== undefined && kafka.kafkaBrokers !== undefined

const contradictions = ({ system, gateway, redis, kafka, drivers }: NodeSettings): readonly string[] => {
  const problems: string[] = []
  const exposure = exposureProblem(gateway)
  if (exposure !== undefined) problems.push(exposure)
  if (
    kafka.kafkaSaslMechanism !== undefined &&
    (kafka.kafkaSaslUser === undefined || kafka.kafkaSaslPassword === undefined)
  )
    problems.push('HOMEOSTAT_KAFKA_SASL_MECHANISM: needs HOMEOSTAT_KAFKA_SASL_USER and HOMEOSTAT_KAFKA_SASL_PASSWORD')
  if ((redis.redisUrl === undefined) !== (kafka.kafkaBrokers === undefined))
    problems.push(
      'HOMEOSTAT_REDIS_URL and HOMEOSTAT_KAFKA_BROKERS belong together: a cluster needs both, a single node neither',
    )
  else if (redis.redisUrl === undefined) {
    const missing = (['gateway', 'worker', 'driver'] as const).filter((role) => !system.roles.includes(role))
    if (missing.length > 0)
      problems.push(
        `HOMEOSTAT_ROLES: without Redis and Kafka a node is alone and needs every role; ${missing.join(', ')} ` +
          'missing (for a cluster set HOMEOSTAT_REDIS_URL and HOMEOSTAT_KAFKA_BROKERS)',
      )
    if (drivers.drivers.length > 0)
      problems.push(
        'HOMEOSTAT_DRIVERS: external drivers complete their work by events on Kafka; set HOMEOSTAT_KAFKA_BROKERS and HOMEOSTAT_REDIS_URL',
      )
  }
  return problems
}

/** @throws {ConfigError} naming every wrong setting, of all groups, and settings that contradict each other */
export const readEnvironment = (env: Environment): NodeSettings => {
  const problems: string[] = []
  const entries = Object.entries<Settings>(SETTING_GROUPS).map(([name, group]) => {
    try {
      return [name, readSettings(group, env)] as const
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      problems.push(...error.problems)
      return [name, undefined] as const
    }
  })
  if (problems.length > 0) throw new ConfigError(problems)
  const settings = Object.fromEntries(entries) as unknown as NodeSettings
  const contradicting = contradictions(settings)
  if (contradicting.length > 0) throw new ConfigError(contradicting)
  return settings
}
