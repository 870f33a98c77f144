/** Redis, Kafka and three nodes in one terminal, until Ctrl-C. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { welcome } from '../../console/welcome.ts'
import { LocalCluster } from '../../system/local-cluster.ts'
import { EXAMPLE_PARTICIPANTS, participantsText } from '../../system/participant-settings.ts'
import { obtainServers, type Servers } from '../servers/obtain.ts'
import { assertFreePorts } from './ports.ts'
import { findRecord, isAlive, removeRecord, writeRecord } from './record.ts'
import type { Print } from './takeover.ts'

const NODES = ['node-1', 'node-2', 'node-3']
/** A node, too, which does nothing but run the participants of the example's control loop: killing others leaves it alone. */
const PARTICIPANTS = 'participants'
export const NODE_COUNT = NODES.length + 1
/** For a node that somebody started again in another terminal. */
const END_TIMEOUT_MS = 10_000
const LOOK_EVERY_MS = 50

export interface RunOptions {
  readonly folder: string
  /** Of the first node; the others have the next ones. 0: any. */
  readonly firstPort: number
  readonly print: Print
}

/** Resolves when everything is up and the example has been ordered. @throws for people, with nothing left running */
export const runCluster = async ({ folder, firstPort, print }: RunOptions): Promise<void> => {
  const running = findRecord(folder)
  if (running)
    throw new Error(
      `a cluster runs here already (process ${running.pid}, first node at ${running.nodes[0]?.url}): end it there with ` +
        'Ctrl-C, or give this one its own: HOMEOSTAT_DATA=.homeostat/other HOMEOSTAT_PORT=9080 npm run cluster',
    )
  await assertFreePorts(firstPort, NODE_COUNT)
  mkdirSync(folder, { recursive: true })
  // Of this run alone, as its Redis and Kafka are: an infrastructure that remembers more than its system would be no use.
  const runFolder = mkdtempSync(join(folder, 'run-'))
  let servers: Servers | undefined
  let cluster: LocalCluster | undefined
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      const startedElsewhere = findRecord(folder)?.nodes.map(({ pid }) => pid) ?? []
      removeRecord(folder)
      await Promise.all([cluster?.stop(), ...startedElsewhere.map(endProcess)])
      await servers?.stop()
      rmSync(runFolder, { recursive: true, force: true })
    })())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (!stopping) print(`\n${signal}: stopping all of it`)
      void stop().then(() => process.exit(0))
    })
  try {
    servers = await obtainServers(print)
    // With a Redis or Kafka of the environment, what earlier runs left there must not meet this one.
    const system = `local-${Date.now().toString(36)}`
    const topic = servers.how.kafka === 'environment' ? `${system}-participants` : undefined
    cluster = await LocalCluster.start({
      redisUrl: servers.redisUrl,
      kafkaBrokers: servers.kafkaBrokers,
      system,
      folder: runFolder,
      nodes: [...NODES, PARTICIPANTS],
      firstPort,
      environment: topic === undefined ? {} : { HOMEOSTAT_PARTICIPANT_TOPIC: topic },
      environmentOf: {
        [PARTICIPANTS]: {
          HOMEOSTAT_ROLES: 'participant',
          HOMEOSTAT_PARTICIPANTS: participantsText(EXAMPLE_PARTICIPANTS),
        },
      },
    })
    const { nodes } = cluster
    writeRecord(folder, {
      pid: process.pid,
      nodes: [...nodes].map(([name, { pid = 0, url = '' }]) => ({
        name,
        pid,
        url,
        environment: { ...cluster?.environmentFor(name, Number(new URL(url).port)) },
      })),
    })
    for (const [name, { url }] of nodes) print(`${name} is up at ${url}`)
    await welcome({
      url: cluster.urls[0] ?? '',
      print,
      ending: 'Stop with Ctrl-C: Redis, Kafka and their data go, too.',
    })
    print('')
    print('And what one node alone cannot show, in another terminal: kill a node, and watch the others take over.')
    print('  npm run cluster -- status')
    print('  npm run cluster -- kill 2')
    print('  npm run cluster -- start 2')
    print('Or take the participants away, order a control loop, see what it waits for, and bring them back:')
    print(`  npm run cluster -- kill ${PARTICIPANTS}`)
    print(`  npm run cluster -- start ${PARTICIPANTS}`)
    print('A participant of your own, as a process beside them:')
    print(
      `  HOMEOSTAT_KAFKA_BROKERS=${servers.kafkaBrokers.join(',')} ` +
        (topic === undefined ? '' : `HOMEOSTAT_PARTICIPANT_TOPIC=${topic} `) +
        `HOMEOSTAT_PARTICIPANT_FOLDER=/tmp node_modules/.bin/node participants/example-participant.ts`,
    )
  } catch (error) {
    // Stopped in the middle: that is no failure.
    const wasStopped = stopping !== undefined
    await stop()
    if (!wasStopped) throw error
  }
}

const endProcess = async (pid: number): Promise<void> => {
  const endMs = Date.now() + END_TIMEOUT_MS
  if (isAlive(pid)) process.kill(pid, 'SIGTERM')
  while (isAlive(pid)) {
    if (Date.now() > endMs) process.kill(pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
