/**
 * The simulator as a process of its own: `node drivers/simulator/main.ts`. Its settings come from the environment
 * (`settings.ts`, and those of Kafka). Ends on SIGTERM and SIGINT; whatever ends it, what it has taken on is finished and
 * answered after the next start over the same file.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorText } from '../../runtime/fault.ts'
import { ConfigError, type Environment, readSettings, unknownVariables } from '../../runtime/settings.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { openKafkaLog } from '../../runtime/transport/kafka/kafka-log.ts'
import { KAFKA_SETTINGS } from '../../runtime/transport/kafka/settings.ts'
import { infrastructureFile } from './infrastructure-file.ts'
import { startSimulatorServer } from './server.ts'
import { SIMULATOR_SETTINGS } from './settings.ts'

const NAME = 'simulator'

const report = (text: string, error?: unknown): void => {
  console.error(`[${NAME}] ${text}${error === undefined ? '' : `: ${errorText(error)}`}`)
}

const openLog = (env: Environment, topic: string) => {
  const { kafkaBrokers, kafkaReplication, kafkaSsl, sessionTimeoutMs, ...sasl } = readSettings(KAFKA_SETTINGS, env)
  if (!kafkaBrokers)
    throw new ConfigError([`${KAFKA_SETTINGS.kafkaBrokers.env}: where completion events are published is missing`])
  const { kafkaSaslMechanism: mechanism, kafkaSaslUser: username = '', kafkaSaslPassword: password = '' } = sasl
  return openKafkaLog({
    brokers: kafkaBrokers,
    clientId: NAME,
    prefix: NAME,
    sharedTopics: new Set([topic]),
    replication: kafkaReplication,
    ssl: kafkaSsl === 'on' ? {} : undefined,
    sasl: mechanism === undefined ? undefined : { mechanism, username, password },
    sessionTimeoutMs,
    clock: systemClock,
    warn: (text, details) => report(`${text} ${JSON.stringify(details)}`),
  })
}

const start = async (env: Environment): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  for (const line of unknownVariables('HOMEOSTAT_SIMULATOR_', [SIMULATOR_SETTINGS], env)) report(line)
  const { data, eventsTopic, ...settings } = readSettings(SIMULATOR_SETTINGS, env)
  const log = await openLog(env, eventsTopic)
  try {
    mkdirSync(dirname(data), { recursive: true })
    const server = await startSimulatorServer({
      ...settings,
      log,
      topic: eventsTopic,
      clock: systemClock,
      store: infrastructureFile(data),
    })
    const stop = async (): Promise<void> => {
      await server.close()
      await log.close()
    }
    return { url: server.url, stop }
  } catch (error) {
    await log.close()
    throw error
  }
}

try {
  const running = await start(process.env)
  let stopping: Promise<void> | undefined
  const stop = (): void => {
    stopping ??= running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        report('did not stop cleanly', error)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  console.log(`The simulated infrastructure is up at ${running.url} `)
} catch (error) {
  if (error instanceof ConfigError) for (const problem of error.problems) report(problem)
  else report('could not start', error)
  process.exit(1)
}
