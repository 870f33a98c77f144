/** `npm run cluster`: Redis, Kafka, three nodes and participants on this machine; `-- kill 2`, `-- start 2` and `-- status` from elsewhere. */
import { join } from 'node:path'
import { NodeProcess } from '../system/node-process.ts'
import { firstPortOf } from './cluster/ports.ts'
import { changeNode, isAlive, nodeIn, readRecord } from './cluster/record.ts'
import { NODE_COUNT, runCluster } from './cluster/run.ts'
import { killAndWatch, showNodes } from './cluster/takeover.ts'

const FOLDER = process.env['HOMEOSTAT_DATA'] ?? join('.homeostat', 'cluster')
const USAGE = `npm run cluster                 starts Redis, Kafka, three nodes and participants, and orders the examples
npm run cluster -- status       who serves what
npm run cluster -- kill 2       kills the second node (kill -9) and shows how the others take over
npm run cluster -- start 2      starts it again, in the terminal where you say so`

const print = (line: string): void => console.log(line)

const kill = async (name: string): Promise<void> => {
  const record = readRecord(FOLDER)
  const victim = nodeIn(record, name)
  if (!isAlive(victim.pid)) throw new Error(`${victim.name} does not run: npm run cluster -- start ${name}`)
  changeNode(FOLDER, victim.name, { pid: 0 })
  await killAndWatch(record, victim, print)
}

const start = async (name: string): Promise<void> => {
  const known = nodeIn(readRecord(FOLDER), name)
  if (isAlive(known.pid)) throw new Error(`${known.name} runs already, at ${known.url}`)
  const node = new NodeProcess(known.environment)
  node.spawn()
  // Before it is up: whatever ends the cluster meanwhile must find it.
  changeNode(FOLDER, known.name, { pid: node.pid ?? 0 })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void node.stop().then((code) => process.exit(code ?? 0)))
  const url = await node.up()
  changeNode(FOLDER, known.name, { url })
  print(`${known.name} is up at ${url}; Ctrl-C ends it`)
  await node.ended
  changeNode(FOLDER, known.name, { pid: 0 })
  print(`${known.name} has ended`)
}

const [command, name] = process.argv.slice(2)
try {
  if (command === undefined)
    await runCluster({ folder: FOLDER, firstPort: firstPortOf(process.env['HOMEOSTAT_PORT'], NODE_COUNT), print })
  else if (command === 'kill' && name !== undefined) await kill(name)
  else if (command === 'start' && name !== undefined) await start(name)
  else if (command === 'status') await showNodes(readRecord(FOLDER), print)
  else {
    console.error(USAGE)
    process.exitCode = 1
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
