/**
 * Runs a participant as a process of its own: settings from the environment, messages over Kafka, an orderly end on SIGTERM and
 * SIGINT. What is wrong with the settings is said in a line each, and ends it.
 */
import { errorText } from '../runtime/fault.ts'
import {
  ConfigError,
  type Environment,
  readSettings,
  type Settings,
  type SettingValues,
  unknownVariables,
} from '../runtime/settings.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { type KafkaLog, openKafkaLog } from '../runtime/transport/kafka/kafka-log.ts'
import { KAFKA_SETTINGS } from '../runtime/transport/kafka/settings.ts'
import type { ParticipantParts } from './intermediary/participant.ts'
import { openKafkaLink } from './link/kafka-link.ts'
import { conceptText } from './protocol/concept.ts'
import { GENERATIONS } from './protocol/generation.ts'
import { participantSettings } from './settings.ts'

/** What `startParticipant` needs beside a listener. */
export type ParticipantBase = Omit<ParticipantParts, 'listener'>

export interface ParticipantProgram<Own extends Settings> {
  /** For people, and for the brokers' logs. */
  readonly name: string
  /** As `<name>:<version>`, if the environment says nothing. */
  readonly participantId: string
  readonly participantType: string
  /** Of this program alone. */
  readonly settings: Own
  readonly start: (base: ParticipantBase, settings: SettingValues<Own>) => Promise<RunningProgram> | RunningProgram
}

export interface RunningProgram {
  /** Where it can be spoken to beside Kafka, if it can. */
  readonly url?: string
  close(): Promise<void>
}

const OPEN_TIMEOUT_MS = 30_000

/** Returns when it runs, and ends the process by itself. */
export const runParticipantProcess = async <Own extends Settings>(program: ParticipantProgram<Own>): Promise<void> => {
  const report = (text: string, error?: unknown): void =>
    console.error(`[${program.name}] ${text}${error === undefined ? '' : `: ${errorText(error)}`}`)
  try {
    const { url, who, stop } = await started(program, process.env, report)
    let stopping: Promise<void> | undefined
    const end = (): void => {
      stopping ??= stop().then(
        () => process.exit(0),
        (error: unknown) => {
          report('did not stop cleanly', error)
          process.exit(1)
        },
      )
    }
    process.on('SIGTERM', end)
    process.on('SIGINT', end)
    // A promise that a listener forgot must not end the participant.
    process.on('unhandledRejection', (error) => report('an error that nobody handled', error))
    console.log(`Participant ${who} is up${url === undefined ? '' : ` at ${url}`} `)
  } catch (error) {
    if (error instanceof ConfigError) for (const problem of error.problems) report(problem)
    else report('could not start', error)
    process.exit(1)
  }
}

type Say = (text: string) => void

const started = async <Own extends Settings>(program: ParticipantProgram<Own>, env: Environment, report: Say) => {
  const common = participantSettings(program)
  for (const line of unknownVariables('HOMEOSTAT_PARTICIPANT_', [common, program.settings], env)) report(line)
  const values = readAll([common, program.settings, KAFKA_SETTINGS], env) as SettingValues<typeof common> &
    SettingValues<typeof KAFKA_SETTINGS>
  const own = readSettings(program.settings, env)
  const { participantId, participantType, mode, topic, generation, reportingIntervalMs, operationsMax } = values
  const identity = { participantId, participantType }
  const warn = (text: string, details: Readonly<Record<string, unknown>>): void =>
    report(`${text} ${JSON.stringify(details)}`)
  const log = await openLog(program.name, topic, values, warn)
  try {
    const link = await openKafkaLink({
      log,
      clock: systemClock,
      identity,
      generation: GENERATIONS[generation],
      topic,
      warn,
    })
    const config = { reportingIntervalMs, operationsMax }
    const running = await program.start({ identity, link, clock: systemClock, mode, config }, own)
    const stop = async (): Promise<void> => {
      await running.close()
      await log.close()
    }
    return { url: running.url, who: conceptText(participantId), stop }
  } catch (error) {
    await log.close()
    throw error
  }
}

/** So that everything that is wrong is named at once. */
const readAll = (groups: readonly Settings[], env: Environment): Readonly<Record<string, unknown>> =>
  readSettings(Object.assign({}, ...groups) as Settings, env)

const openLog = (
  clientId: string,
  topic: string,
  kafka: SettingValues<typeof KAFKA_SETTINGS>,
  warn: (text: string, details: Readonly<Record<string, unknown>>) => void,
): Promise<KafkaLog> => {
  const { kafkaBrokers: brokers, kafkaSaslMechanism: mechanism, kafkaSaslUser, kafkaSaslPassword } = kafka
  if (!brokers)
    throw new ConfigError([`${KAFKA_SETTINGS.kafkaBrokers.env}: where runtime and participants speak is missing`])
  return openKafkaLog({
    brokers,
    clientId,
    prefix: clientId,
    sharedTopics: new Set([topic]),
    replication: kafka.kafkaReplication,
    ssl: kafka.kafkaSsl === 'on' ? {} : undefined,
    sasl:
      mechanism === undefined
        ? undefined
        : { mechanism, username: kafkaSaslUser ?? '', password: kafkaSaslPassword ?? '' },
    sessionTimeoutMs: kafka.sessionTimeoutMs,
    openTimeoutMs: OPEN_TIMEOUT_MS,
    clock: systemClock,
    warn,
  })
}
