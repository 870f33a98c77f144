/** A Kafka broker of one's own (one process, KRaft): for tests and tools that kill, freeze and restart it. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { kafkaAnswers } from './answer.ts'
import { freePort } from './free-port.ts'
import { obtainKafkaProgram } from './kafka-program.ts'
import type { KafkaProgram } from './kafka-program.ts'
import { CLUSTER_ID, propertiesText, serverProperties } from './kafka-properties.ts'
import { newFolder, startLocalServer } from './local-server.ts'
import type { LocalServer } from './local-server.ts'
import { retryOnTakenPort } from './taken-port.ts'

const run = promisify(execFile)

export interface LocalKafka extends LocalServer {
  /** `host:port` each. */
  readonly brokers: readonly string[]
  readonly host: string
  readonly port: number
}

export interface KafkaOptions {
  /** Gets a line when something must be fetched first. Default: `console.log`. */
  readonly print?: (line: string) => void
  /** Address to listen at; `0.0.0.0` for all, so that a network namespace reaches it. Default `127.0.0.1`. */
  readonly bind?: string
  /** Host that clients are told to connect to; reachable from here, too. Default: `bind`, or `127.0.0.1` if that means all. */
  readonly advertised?: string
  /** Lines of server.properties, over ours. */
  readonly settings?: Readonly<Record<string, string>>
  /** More arguments for `java`. */
  readonly extraArgs?: readonly string[]
  /** Most of what the broker keeps in the heap, in MB. Default 384. */
  readonly heapMaxMb?: number
}

const START_TIMEOUT_MS = 60_000
const FORMAT_TIMEOUT_MS = 30_000
/** A broker for tests: quick to start and small, at the price of peak speed. */
const JAVA = ['-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']
const LOG_LEVEL = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'

const format = async ({ java, classPath }: KafkaProgram, file: string): Promise<void> => {
  const main = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file, '--ignore-formatted']
  await run(java, [...JAVA, LOG_LEVEL, '-cp', classPath, ...main], { timeout: FORMAT_TIMEOUT_MS })
}

/** Throws with the reason if there is nothing to run, or with the end of its log if it doesn't answer in time. */
export const startKafka = async (options: KafkaOptions = {}): Promise<LocalKafka> => {
  const { bind = '127.0.0.1', heapMaxMb = 384 } = options
  const host = options.advertised ?? (bind === '0.0.0.0' ? '127.0.0.1' : bind)
  const probed = bind === '0.0.0.0' ? '127.0.0.1' : bind
  const program = await obtainKafkaProgram(options.print)
  return retryOnTakenPort(undefined, async () => {
    const [port, controllerPort] = [await freePort(bind), await freePort()]
    const folder = newFolder('kafka')
    const file = join(folder, 'server.properties')
    const properties = serverProperties({
      listener: { host: bind, port },
      advertised: { host, port },
      controllerPort,
      folder: join(folder, 'data'),
    })
    writeFileSync(file, propertiesText({ ...properties, ...options.settings }))
    await format(program, file)
    const server = await startLocalServer(folder, {
      name: 'kafka',
      command: program.java,
      args: [
        ...JAVA,
        `-Xmx${heapMaxMb}m`,
        LOG_LEVEL,
        ...(options.extraArgs ?? []),
        ...['-cp', program.classPath, 'kafka.Kafka', file],
      ],
      answers: () => kafkaAnswers({ host: probed, port }),
      startTimeoutMs: START_TIMEOUT_MS,
    })
    return Object.assign(server, { brokers: [`${host}:${port}`], host, port })
  })
}
