/** The cluster that the chaos run breaks: Redis, Kafka, nodes, driver workers, participants, and a simulated infrastructure. */
import { join } from 'node:path'
import { conceptText } from '../../participants/protocol/concept.ts'
import { freePort } from '../../scripts/servers/free-port.ts'
import { type LocalKafka, startKafka } from '../../scripts/servers/kafka.ts'
import { type LocalRedis, startRedis } from '../../scripts/servers/redis.ts'
import type { LoopParticipant } from './loops/loop-world.ts'
import { ChaosNetwork, type NamespaceHandle } from './network.ts'
import { type Guard, GUARD_VARIABLE } from './node-orders.ts'
import { ChaosProcess } from './processes.ts'
import { RedisLoss } from './redis-loss.ts'

/** A process with a network of its own. */
export interface Placed {
  readonly process: ChaosProcess
  readonly network: NamespaceHandle
}

export interface Member extends Placed {
  readonly url: string
}

export interface ParticipantMember extends Placed {
  readonly recordFile: string
}

export interface ClusterOptions {
  /** For logs and the infrastructure's file. */
  readonly folder: string
  readonly nodes: number
  readonly driverWorkers: number
  readonly participants: readonly LoopParticipant[]
  readonly shards: number
  readonly sessionTimeoutMs: number
  readonly without: Guard | undefined
  readonly onUnexpectedEnd: (name: string, how: string) => void
}

export interface ChaosCluster {
  readonly redis: LocalRedis
  readonly redisLoss: RedisLoss
  readonly kafka: LocalKafka
  readonly nodes: readonly Member[]
  readonly driverWorkers: readonly Member[]
  readonly participants: readonly ParticipantMember[]
  readonly simulator: ChaosProcess
  readonly infrastructureFile: string
  /** What a client of this cluster sets. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

const SYSTEM = 'chaos'
const NODE_PORT = 8080
const MAIN = join(import.meta.dirname, 'node.ts')
const PARTICIPANT = join(import.meta.dirname, 'loops/participant.ts')
const SIMULATOR = join(import.meta.dirname, '../../drivers/simulator/main.ts')

export const startCluster = async (options: ClusterOptions): Promise<ChaosCluster> => {
  const { folder, onUnexpectedEnd } = options
  const closing: (() => void | Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  try {
    const network = new ChaosNetwork()
    closing.push(() => network.close())
    const redis = await startRedis({
      bind: network.address,
      settings: { 'auto-aof-rewrite-percentage': '0', 'aof-load-truncated': 'yes' },
    })
    closing.push(() => redis.stop())
    const redisLoss = new RedisLoss(redis.folder)
    closing.push(() => redisLoss.close())
    const kafka = await startKafka({ bind: network.address })
    closing.push(() => kafka.stop())
    const simulatorPort = await freePort(network.address)
    const infrastructureFile = join(folder, 'simulated-infrastructure.sqlite')
    const environment = {
      HOMEOSTAT_REDIS_URL: redis.url,
      HOMEOSTAT_KAFKA_BROKERS: kafka.brokers.join(','),
      HOMEOSTAT_SYSTEM: SYSTEM,
      HOMEOSTAT_SHARDS: String(options.shards),
      HOMEOSTAT_SESSION_TIMEOUT_MS: String(options.sessionTimeoutMs),
      HOMEOSTAT_EXAMPLE: 'off',
      HOMEOSTAT_DRIVERS: `simulator=http://${network.address}:${simulatorPort}`,
      // Work that a fault held up is asked for again soon, and as often as it takes.
      HOMEOSTAT_DRIVER_TIMEOUT_MS: '3000',
      HOMEOSTAT_DRIVER_SENDS_MAX: '1000',
      HOMEOSTAT_DRIVER_BACKOFF_MS: '20',
      HOMEOSTAT_POLICY_QUIET_MS: '100',
      HOMEOSTAT_LOOP_BACKOFF_MS: '200',
      HOMEOSTAT_LOOP_BACKOFF_MAX_MS: '5000',
      HOMEOSTAT_DEFINITION_TIMEOUT_MS: '2000',
      // A participant that is away for as long as a node's session lasts is missed.
      HOMEOSTAT_PARTICIPANT_SILENCE_MS: '4000',
      HOMEOSTAT_PARTICIPANT_ANSWER_MS: '1000',
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
    }
    const common = { folder, onUnexpectedEnd }
    const simulator = new ChaosProcess({
      ...common,
      name: 'simulator',
      command: [process.execPath, SIMULATOR],
      env: {
        HOMEOSTAT_KAFKA_BROKERS: kafka.brokers.join(','),
        HOMEOSTAT_SIMULATOR_HOST: network.address,
        HOMEOSTAT_SIMULATOR_PORT: String(simulatorPort),
        HOMEOSTAT_SIMULATOR_DATA: infrastructureFile,
      },
    })
    closing.push(() => simulator.kill())
    const member = (name: string, roles: string): Member => {
      const own = network.add(name)
      const env = {
        ...environment,
        HOMEOSTAT_NODE: name,
        HOMEOSTAT_ROLES: roles,
        HOMEOSTAT_HOST: own.address,
        HOMEOSTAT_PORT: String(NODE_PORT),
        HOMEOSTAT_EXPOSE: 'on',
        ...(options.without === undefined ? {} : { [GUARD_VARIABLE]: options.without }),
      }
      const command = own.inside([process.execPath, MAIN])
      const member = new ChaosProcess({ ...common, name, command, env })
      closing.push(() => member.kill())
      return { process: member, network: own, url: `http://${own.address}:${NODE_PORT}` }
    }
    const nodes = Array.from({ length: options.nodes }, (_, index) => member(`node-${index}`, 'gateway,worker'))
    const driverWorkers = Array.from({ length: options.driverWorkers }, (_, index) =>
      member(`driver-${index}`, 'driver'),
    )
    const participants = options.participants.map(({ label, participantId, participantType }): ParticipantMember => {
      const own = network.add(label)
      const recordFile = join(folder, `${label}.jsonl`)
      const process = new ChaosProcess({
        ...common,
        name: label,
        command: own.inside([globalThis.process.execPath, PARTICIPANT]),
        env: {
          HOMEOSTAT_KAFKA_BROKERS: environment.HOMEOSTAT_KAFKA_BROKERS,
          HOMEOSTAT_PARTICIPANT_ID: conceptText(participantId),
          HOMEOSTAT_PARTICIPANT_TYPE: conceptText(participantType),
          HOMEOSTAT_PARTICIPANT_REPORTING_INTERVAL_MS: '1500',
          HOMEOSTAT_PARTICIPANT_RECORD: recordFile,
          NODE_COMPILE_CACHE: environment.NODE_COMPILE_CACHE,
        },
      })
      closing.push(() => process.kill())
      return { process, network: own, recordFile }
    })
    simulator.start()
    for (const { process } of [...nodes, ...driverWorkers, ...participants]) process.start()
    return {
      redis,
      redisLoss,
      kafka,
      nodes,
      driverWorkers,
      participants,
      simulator,
      infrastructureFile,
      environment,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const UP_PAUSE_MS = 25

/** Resolves when the process has said that it is up. @throws with the end of its log if it doesn't in time */
export const isUp = async (process: ChaosProcess, deadlineMs: number): Promise<void> => {
  const endMs = performance.now() + deadlineMs
  while (!process.isUp) {
    if (performance.now() > endMs)
      throw new Error(`${process.name} is not up after ${deadlineMs} ms:\n${process.tail(20)}`)
    await new Promise((resolve) => setTimeout(resolve, UP_PAUSE_MS))
  }
}
