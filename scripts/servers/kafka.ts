/** A Kafka broker of one's own (one process, KRaft): for tests and tools that kill, freeze and restart it. */
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kafkaAnswers } from './answer.ts'
import { freePort } from './free-port.ts'
import { JAVA_ARGS, obtainKafkaProgram } from './kafka-program.ts'
import { propertiesText, serverProperties } from './kafka-properties.ts'
import { newFolder, startLocalServer } from './local-server.ts'
import type { LocalServer } from './local-server.ts'
import { retryOnTakenPort } from './taken-port.ts'

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
  /** Lines of server.properties, over ours; roles and number of the node are fixed. */
  readonly settings?: Readonly<Record<string, string>>
  /** More arguments for `java`. */
  readonly extraArgs?: readonly string[]
  /** Most of what the broker keeps in the heap, in MB. Default 384. */
  readonly heapMaxMb?: number
}

const START_TIMEOUT_MS = 60_000

/** Throws with the reason if there is nothing to run, or with the end of its log if it doesn't answer in time. */
export const startKafka = async (options: KafkaOptions = {}): Promise<LocalKafka> => {
  const { bind = '127.0.0.1', heapMaxMb = 384 } = options
  const host = options.advertised ?? (bind === '0.0.0.0' ? '127.0.0.1' : bind)
  const probed = bind === '0.0.0.0' ? '127.0.0.1' : bind
  const program = await obtainKafkaProgram(options.print)
  return retryOnTakenPort(undefined, async () => {
    const [port, controllerPort] = [await freePort(bind), await freePort()]
    const folder = newFolder('kafka')
    const [file, data] = [join(folder, 'server.properties'), join(folder, 'data')]
    const properties = serverProperties({
      listener: { host: bind, port },
      advertised: { host, port },
      controllerPort,
      folder: data,
    })
    writeFileSync(file, propertiesText({ ...properties, ...options.settings }))
    cpSync(program.formatted, data, { recursive: true })
    const server = await startLocalServer(folder, {
      name: 'kafka',
      command: program.java,
      args: [
        ...JAVA_ARGS,
        `-Xmx${heapMaxMb}m`,
        ...(options.extraArgs ?? []),
        ...['-cp', program.classPath, 'kafka.Kafka', file],
      ],
      answers: () => kafkaAnswers({ host: probed, port }),
      startTimeoutMs: START_TIMEOUT_MS,
    })
    return Object.assign(server, { brokers: [`${host}:${port}`], host, port })
  })
}
