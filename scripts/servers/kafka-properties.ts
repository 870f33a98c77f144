/** What a broker of one process is told: as small as it can be, and nothing replicated. */

export const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'

export interface Place {
  readonly listener: { readonly host: string; readonly port: number }
  /** What clients are told to connect to. */
  readonly advertised: { readonly host: string; readonly port: number }
  /** Only the broker itself talks to its controller. */
  readonly controllerPort: number
  readonly folder: string
}

export const serverProperties = ({ listener, advertised, controllerPort, folder }: Place): Record<string, string> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  listeners: `PLAINTEXT://${listener.host}:${listener.port},CONTROLLER://127.0.0.1:${controllerPort}`,
  'advertised.listeners': `PLAINTEXT://${advertised.host}:${advertised.port}`,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'log.dirs': folder,
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  // A topic that somebody forgot to create must be seen as missing, not appear with one partition.
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': '0',
  'num.network.threads': '1',
  'num.io.threads': '2',
  // Else each broker sets aside 128 MB for compacting.
  'log.cleaner.dedupe.buffer.size': '2097152',
})

export const propertiesText = (properties: Readonly<Record<string, string>>): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
