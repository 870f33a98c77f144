/** How each kind of fault is done to the cluster, and how it is healed. */
import { type ChaosCluster, isUp, type Placed } from './cluster.ts'
import type { Fault } from './schedule.ts'

/** A fault that has begun. */
export interface Ongoing {
  readonly fault: Fault
  /** What happened, for the report. */
  readonly note: string
  /** From when on all shards must be served again within the session timeout and a little: `performance.now()`. */
  readonly sinceMs: number
  /** Resolves when what was broken works again as far as the fault goes: processes are up, cuts are closed. Absent: it does. */
  readonly heal?: () => Promise<void>
}

/** As much as `appendfsync everysec` may lose. */
const LOSS_MS = 1_000
const UP_DEADLINE_MS = 60_000
const STOP_PATIENCE_MS = 30_000
/** Of the clients, before the owner is suspended. */
const LULL_PATIENCE_MS = 2_000
/** Of the nodes, with a Redis that was started again. */
const RECONNECT_MS = 150
/** Until commands are in the log. */
const SAID_MS = 50
/** Shorter than a session by far: the others remain who they are. */
const ALONE_MS = 700

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export interface FaultContext {
  readonly cluster: ChaosCluster
  /** Quiets all clients, after a last word that the store can still lose. */
  readonly hush: (patienceMs: number) => Promise<void>
  /** Commands to every shard, quiet or not. */
  readonly say: () => void
  /** Ends the quiet. */
  readonly resume: () => void
  readonly onStoreLoss: () => void
}

export const beginFault = async (fault: Fault, context: FaultContext): Promise<Ongoing> => {
  const { cluster } = context
  const node = memberOf(cluster.nodes, fault.victim)
  const { redis, kafka, simulator } = cluster
  const begun = (note: string, heal?: () => Promise<void>, sinceMs = performance.now()): Ongoing => ({
    fault,
    note,
    sinceMs,
    ...(heal ? { heal } : {}),
  })
  switch (fault.kind) {
    case 'kill-node': {
      await node.process.kill()
      return begun(`kill -9 ${node.process.name}`, () => startAgain(node))
    }
    case 'restart-node': {
      const sinceMs = performance.now()
      const isGraceful = await node.process.stop(STOP_PATIENCE_MS)
      const how = isGraceful ? '' : `, which took over ${STOP_PATIENCE_MS} ms`
      return begun(`SIGTERM ${node.process.name}${how}`, () => startAgain(node), sinceMs)
    }
    case 'freeze-node':
      node.process.freeze()
      return begun(`froze ${node.process.name}`, async () => node.process.wake())
    case 'cut-from-kafka':
      await node.network.cut([kafka.port])
      return begun(`cut ${node.process.name} off from Kafka`, () => node.network.heal())
    case 'cut-from-redis':
      await node.network.cut([redis.port])
      return begun(`cut ${node.process.name} off from Redis`, () => node.network.heal())
    case 'unplug-node':
      await node.network.unplug()
      return begun(`unplugged ${node.process.name}`, () => node.network.heal())
    case 'restart-kafka':
    case 'kill-kafka':
      await kafka.restart(fault.kind === 'kill-kafka' ? 'SIGKILL' : 'SIGTERM')
      return begun(`Kafka ${fault.kind === 'kill-kafka' ? 'killed and started' : 'restarted'}`)
    case 'restart-redis':
      await redis.restart('SIGKILL')
      return begun('Redis killed and started')
    case 'redis-loses-last-second': {
      const lost = await loseLastSecond(context)
      return begun(lost)
    }
    case 'suspended-owner-and-redis-loss': {
      // Quiet, so that the owner doesn't notice before it is suspended, and the offset that it knows comes again.
      await context.hush(LULL_PATIENCE_MS)
      node.process.send({ standsStill: true })
      const lost = await loseLastSecond(context)
      await pass(RECONNECT_MS)
      node.process.freeze()
      const others = cluster.nodes.filter((each) => each !== node && each.process.isRunning)
      const heal = async (): Promise<void> => {
        // What is said now the owner that was replaced reads first: its successors pause.
        for (const { process } of others) process.freeze()
        context.say()
        await pass(SAID_MS)
        node.process.wake()
        await pass(ALONE_MS)
        for (const { process } of others) process.wake()
        node.process.send({ standsStill: false })
        context.resume()
      }
      return begun(`${lost}; in the lull ${node.process.name} was suspended, went on, and for a moment alone`, heal)
    }
    case 'kill-driver-worker': {
      const worker = memberOf(cluster.driverWorkers, fault.victim)
      await worker.process.kill()
      return begun(`kill -9 ${worker.process.name}`, () => startAgain(worker))
    }
    case 'kill-simulator':
      await simulator.kill()
      return begun('kill -9 the simulated infrastructure', async () => {
        simulator.start()
        await isUp(simulator, UP_DEADLINE_MS)
      })
    case 'kill-participant': {
      const participant = memberOf(cluster.participants, fault.victim)
      await participant.process.kill()
      return begun(`kill -9 ${participant.process.name}`, () => startAgain(participant))
    }
    case 'freeze-participant': {
      const participant = memberOf(cluster.participants, fault.victim)
      participant.process.freeze()
      return begun(`froze ${participant.process.name}`, async () => participant.process.wake())
    }
    case 'unplug-participant': {
      const participant = memberOf(cluster.participants, fault.victim)
      await participant.network.unplug()
      return begun(`unplugged ${participant.process.name}`, () => participant.network.heal())
    }
  }
}

const memberOf = <Each extends Placed>(members: readonly Each[], index: number): Each => {
  const member = members[index]
  if (!member) throw new Error(`there is no member ${index} of ${members.length}`)
  return member
}

const startAgain = async ({ process }: Placed): Promise<void> => {
  process.start()
  await isUp(process, UP_DEADLINE_MS)
}

const loseLastSecond = async ({ cluster: { redis, redisLoss }, onStoreLoss }: FaultContext): Promise<string> => {
  await redis.kill('SIGKILL')
  const { bytes, lostMs } = redisLoss.lose(performance.now(), LOSS_MS)
  onStoreLoss()
  await redis.restart()
  return `Redis killed, started without its last ${Math.round(lostMs)} ms (${bytes} bytes of its file)`
}
