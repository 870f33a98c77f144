/** A cluster on this machine, each node in a process of its own, with a simulated infrastructure beside them. */
import { join } from 'node:path'
import { NodeProcess } from './node-process.ts'

export interface LocalClusterOptions {
  readonly redisUrl: string
  readonly kafkaBrokers: readonly string[]
  /** Its name: the prefix of its keys and topics. */
  readonly system: string
  /** Of the simulated infrastructure's file. */
  readonly folder: string
  /** Names of the nodes. */
  readonly nodes: readonly string[]
  /** Of the first node; the others have the next ones. 0: any. */
  readonly firstPort?: number
  /** Of the simulator. Default: any, which one that is started again doesn't get again. */
  readonly simulatorPort?: number
  /** Of the completion events: others may share this Kafka. Default: what all drivers use. */
  readonly eventsTopic?: string
  /** For every node, on top of what the cluster needs. */
  readonly environment?: Readonly<Record<string, string>>
  /** For one node, by its name, on top of that. */
  readonly environmentOf?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const infrastructureFileIn = (folder: string): string => join(folder, 'simulated-infrastructure.sqlite')

const SIMULATOR = 'drivers/simulator/main.ts'

/** What a node of this cluster is started with. */
export const nodeEnvironment = (
  { redisUrl, kafkaBrokers, system, eventsTopic, environment, environmentOf }: LocalClusterOptions,
  node: string,
  port: number,
  simulatorUrl: string,
): Readonly<Record<string, string>> => ({
  HOMEOSTAT_NODE: node,
  HOMEOSTAT_PORT: String(port),
  HOMEOSTAT_REDIS_URL: redisUrl,
  HOMEOSTAT_KAFKA_BROKERS: kafkaBrokers.join(','),
  HOMEOSTAT_SYSTEM: system,
  HOMEOSTAT_DRIVERS: `simulator=${simulatorUrl}`,
  HOMEOSTAT_EXAMPLE: 'off',
  ...ofTopic(eventsTopic),
  ...environment,
  ...environmentOf?.[node],
})

const ofTopic = (eventsTopic: string | undefined): Readonly<Record<string, string>> =>
  eventsTopic === undefined ? {} : { HOMEOSTAT_DRIVER_EVENTS_TOPIC: eventsTopic }

export class LocalCluster {
  readonly #options: LocalClusterOptions
  readonly simulator: NodeProcess
  readonly nodes: ReadonlyMap<string, NodeProcess>

  private constructor(options: LocalClusterOptions, simulator: NodeProcess, nodes: ReadonlyMap<string, NodeProcess>) {
    this.#options = options
    this.simulator = simulator
    this.nodes = nodes
  }

  /** Starts the simulator and all nodes; resolves when each has said where it is. @throws with what one printed */
  static async start(options: LocalClusterOptions): Promise<LocalCluster> {
    const simulator = new NodeProcess(
      {
        HOMEOSTAT_SIMULATOR_PORT: String(options.simulatorPort ?? 0),
        HOMEOSTAT_SIMULATOR_DATA: infrastructureFileIn(options.folder),
        HOMEOSTAT_KAFKA_BROKERS: options.kafkaBrokers.join(','),
        ...ofTopic(options.eventsTopic),
        ...options.environmentOf?.['simulator'],
      },
      SIMULATOR,
    )
    simulator.spawn()
    const nodes = new Map<string, NodeProcess>()
    const cluster = new LocalCluster(options, simulator, nodes)
    try {
      const simulatorUrl = await simulator.up()
      for (const [index, name] of options.nodes.entries()) {
        const port = options.firstPort ? options.firstPort + index : 0
        const node = new NodeProcess(nodeEnvironment(options, name, port, simulatorUrl))
        node.spawn()
        nodes.set(name, node)
      }
      await Promise.all([...nodes.values()].map((node) => node.up()))
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  get system(): string {
    return this.#options.system
  }

  /** @throws for a name that no node has */
  node(name: string): NodeProcess {
    const node = this.nodes.get(name)
    if (!node) throw new Error(`no node ${name}; there are ${[...this.nodes.keys()].join(', ')}`)
    return node
  }

  /** What a node of this cluster is started with, also one more. `port` 0: any. */
  environmentFor(node: string, port = 0): Readonly<Record<string, string>> {
    return nodeEnvironment(this.#options, node, port, this.simulator.url ?? '')
  }

  /** Of the simulated infrastructure: objects and journal. */
  get infrastructureFile(): string {
    return infrastructureFileIn(this.#options.folder)
  }

  /** Where the nodes that run can be reached. */
  get urls(): readonly string[] {
    return [...this.nodes.values()].flatMap(({ url }) => (url === undefined ? [] : [url]))
  }

  /** All processes end; those that don't do so in time are killed. */
  async stop(graceMs = 15_000): Promise<void> {
    const all = [...this.nodes.values(), this.simulator]
    const killing = setTimeout(() => void Promise.all(all.map((each) => each.kill())), graceMs)
    await Promise.all([...this.nodes.values()].map((node) => node.stop()))
    await this.simulator.stop()
    clearTimeout(killing)
  }
}
