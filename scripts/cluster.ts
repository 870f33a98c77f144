/** `npm run cluster`: Redis, Kafka and three nodes on this machine; `-- kill 2`, `-- start 2` and `-- status` from elsewhere. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { welcome } from '../console/welcome.ts'
import { LocalCluster, nodeEnvironment } from '../system/local-cluster.ts'
import { NodeProcess } from '../system/node-process.ts'
import { nodeIn, readRecord, removeRecord, writeRecord } from './cluster/record.ts'
import { killAndWatch, showNodes } from './cluster/takeover.ts'
import { obtainServers } from './servers/obtain.ts'

const FOLDER = process.env['HOMEOSTAT_DATA'] ?? join('.homeostat', 'cluster')
const NODES = ['node-1', 'node-2', 'node-3']
const FIRST_PORT = Number(process.env['HOMEOSTAT_PORT'] ?? 8080)
const USAGE = `npm run cluster                 starts Redis, Kafka and three nodes, and orders the example
npm run cluster -- kill 2       kills the second node (kill -9) and shows how the others take over
npm run cluster -- start 2      starts it again, in the terminal where you say so
npm run cluster -- status       who serves what`

const print = (line: string): void => console.log(line)

const runCluster = async (): Promise<void> => {
  mkdirSync(FOLDER, { recursive: true })
  const servers = await obtainServers()
  const options = {
    redisUrl: servers.redisUrl,
    kafkaBrokers: servers.kafkaBrokers,
    system: 'homeostat',
    folder: FOLDER,
    nodes: NODES,
    firstPort: FIRST_PORT,
  }
  let cluster: LocalCluster | undefined
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      removeRecord(FOLDER)
      await cluster?.stop()
      await servers.stop()
    })())
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      print(`\n${signal}: stopping all of it`)
      void stop().then(() => process.exit(0))
    })
  try {
    cluster = await LocalCluster.start(options)
    const simulatorUrl = cluster.simulator.url ?? ''
    writeRecord(FOLDER, {
      nodes: NODES.map((name, index) => ({
        name,
        pid: cluster?.node(name).pid ?? 0,
        url: cluster?.node(name).url ?? '',
        environment: nodeEnvironment(options, name, FIRST_PORT === 0 ? 0 : FIRST_PORT + index, simulatorUrl),
      })),
    })
    for (const [name, node] of cluster.nodes) print(`${name} is up at ${node.url}`)
    await welcome({ url: cluster.urls[0] ?? '', print })
    print('')
    print('And what one node alone cannot show, in another terminal: kill a node, and watch the others take over.')
    print('  npm run cluster -- kill 2')
    print('  npm run cluster -- start 2')
  } catch (error) {
    await stop()
    throw error
  }
}

const startAgain = async (name: string): Promise<void> => {
  const record = readRecord(FOLDER)
  const known = nodeIn(record, name)
  const node = new NodeProcess(known.environment)
  node.spawn()
  const url = await node.up()
  const nodes = record.nodes.map((each) => (each.name === known.name ? { ...each, url, pid: node.pid ?? 0 } : each))
  writeRecord(FOLDER, { nodes })
  print(`${known.name} is up at ${url}; Ctrl-C ends it`)
  process.on('SIGINT', () => void node.stop().then((code) => process.exit(code ?? 0)))
  await node.ended
  print(node.output)
}

const [command, name] = process.argv.slice(2)
try {
  if (command === undefined) await runCluster()
  else if (command === 'kill' && name !== undefined) {
    const record = readRecord(FOLDER)
    await killAndWatch(record, nodeIn(record, name), print)
  } else if (command === 'start' && name !== undefined) await startAgain(name)
  else if (command === 'status') await showNodes(readRecord(FOLDER), print)
  else {
    console.error(USAGE)
    process.exitCode = 1
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
