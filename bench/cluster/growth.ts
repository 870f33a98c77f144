/** From a thousand VNFC actors to a million: what each takes in Redis, on disk and in the nodes, idle, and what a command costs. */
import { RESOURCE } from '../../actors/addresses.ts'
import { drawer } from '../counter-system.ts'
import { Loss } from '../figures.ts'
import { verifyNoDeadLetters } from '../ledger.ts'
import { openClient } from './client.ts'
import { defineCommand } from './crowd-commands.ts'
import { actorOf, type Crowd, observedCrowd } from './crowd.ts'
import { growthSection } from './growth-report.ts'
import type { Cpu, GrowthSize, GrowthStep } from './growth-step.ts'
import { openLoop } from './load.ts'
import { type Member, startMembers } from './member.ts'
import { cpuSecondsOf } from './process-use.ts'
import { redisUse, rewriteAof } from './redis-info.ts'
import type { Section } from './section.ts'
import { seed, verifyCrowd } from './seeding.ts'
import { type BenchServers, forgetSystem, systemEnvironment, uniqueName } from './servers.ts'
import { settled } from './takeover.ts'

const REWRITE_DEADLINE_MS = 600_000
const QUIET_MS = 3_000
const ASK_DEADLINE_MS = 30_000
/** Let go of soon, so that a short measurement sees loads and not what is left of the one before. */
const IDLE_TIMEOUT_MS = 2_000

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const cpuNow = async (servers: BenchServers, members: readonly Member[]): Promise<Cpu> => {
  const uses = await Promise.all(members.map((member) => member.ask('use')))
  return {
    nodes: uses.reduce((sum, use) => sum + use.cpuSeconds, 0),
    redis: (await redisUse(servers.redis)).cpuSeconds,
    kafka: cpuSecondsOf(servers.kafkaPid),
  }
}

const between = (before: Cpu, after: Cpu): Cpu => ({
  nodes: after.nodes - before.nodes,
  redis: after.redis - before.redis,
  kafka: after.kafka === undefined || before.kafka === undefined ? undefined : after.kafka - before.kafka,
})

const sumOf = async (members: readonly Member[]) => {
  const uses = await Promise.all(members.map((member) => member.ask('use')))
  const sum = (of: (use: (typeof uses)[number]) => number): number => uses.reduce((total, use) => total + of(use), 0)
  return {
    rssBytes: sum((use) => use.rssBytes),
    heapBytes: sum((use) => use.heapBytes),
    entitiesInMemory: sum((use) => use.entitiesInMemory),
  }
}

/** What the crowd has acknowledged beyond its creation, by number. */
type Told = Map<number, number>

const serve = async (
  servers: BenchServers,
  size: GrowthSize,
  environment: Readonly<Record<string, string>>,
  crowd: Crowd,
  actors: number,
  idleSeconds: number,
  told: Told,
): Promise<Pick<GrowthStep, 'idle' | 'load' | 'entitiesInMemoryAfter'>> => {
  const { nodes, shards, perSecond, warmUpSeconds, seconds, samples } = size
  const names = Array.from({ length: nodes }, (_, index) => `node-${index + 1}`)
  const members = await startMembers(
    names.map((name) => ({ name, environment, runtime: { idleTimeoutMs: IDLE_TIMEOUT_MS } })),
  )
  const client = await openClient({ environment })
  try {
    const { node } = client
    await settled(members, shards)
    await verifyCrowd(node.queries, crowd, actors, samples)
    const next = drawer(actors, 17 + actors)
    const tell = async (): Promise<void> => {
      const index = next()
      const actor = actorOf(crowd, index)
      const count = (told.get(index) ?? 0) + 1
      told.set(index, count)
      const command = defineCommand(actor, `revision ${count} of ${actors}`)
      const reply = await node.ask(actor.ref, command, { sender: 'bench', deadlineMs: ASK_DEADLINE_MS })
      if (!reply.ok) throw new Loss(`a command was refused: ${reply.rejection.reason}`)
    }
    const warm = await openLoop({ perSecond, seconds: warmUpSeconds }, tell)
    await pass(QUIET_MS + IDLE_TIMEOUT_MS)
    const beforeIdle = await cpuNow(servers, members)
    await pass(idleSeconds * 1_000)
    const idleCpu = between(beforeIdle, await cpuNow(servers, members))
    const idle = { seconds: idleSeconds, cpu: idleCpu, ...(await sumOf(members)) }
    const beforeLoad = await cpuNow(servers, members)
    const own = process.cpuUsage()
    const outcome = await openLoop({ perSecond, seconds }, tell)
    const { user, system } = process.cpuUsage(own)
    const loadCpu = between(beforeLoad, await cpuNow(servers, members))
    const failed = warm.failed + outcome.failed
    if (failed > 0) throw new Loss(`${failed} commands were not answered: ${warm.failure ?? outcome.failure}`)
    await verifyTold(client.node.queries, crowd, told)
    await verifyNoDeadLetters(node.queries)
    const load = { ...outcome, cpu: loadCpu, clientCpuSeconds: (user + system) / 1e6 }
    return { idle, load, entitiesInMemoryAfter: (await sumOf(members)).entitiesInMemory }
  } finally {
    await client.close()
    await Promise.all(members.map((member) => member.stop()))
  }
}

const READ_AT_ONCE = 500

/** @throws {Loss} if one has not exactly the events of its creation and of the commands that it acknowledged */
const verifyTold = async (
  queries: Awaited<ReturnType<typeof openClient>>['node']['queries'],
  crowd: Crowd,
  told: Told,
): Promise<void> => {
  const entries = [...told]
  for (let from = 0; from < entries.length; from += READ_AT_ONCE) {
    const part = entries
      .slice(from, from + READ_AT_ONCE)
      .map(([index, count]) => ({ actor: actorOf(crowd, index), count }))
    const views = await queries.entities(part.map(({ actor }) => actor.ref))
    for (const [index, { actor, count }] of part.entries())
      if (views[index]?.version !== actor.version + count)
        throw new Loss(
          `${RESOURCE} ${actor.ref.id} is at version ${views[index]?.version}, not ${actor.version + count}`,
        )
  }
}

export const measureGrowth = async (
  servers: BenchServers,
  size: GrowthSize,
  print: (line: string) => void,
): Promise<Section> => {
  const { shards, actors: sizes } = size
  const system = uniqueName('growth')
  const environment = systemEnvironment(servers, { system, shards })
  const crowd = await observedCrowd()
  const told: Told = new Map()
  const steps: GrowthStep[] = []
  let [redisBytes, aofBytes, from] = [0, 0, 0]
  try {
    for (const [index, actors] of sizes.entries()) {
      const before = await redisUse(servers.redis)
      const seeded = await seed({ redis: servers.redis, system, shards, crowd, from, to: actors })
      const after = await redisUse(servers.redis)
      redisBytes += after.usedBytes - before.usedBytes
      aofBytes += after.aofBytes - before.aofBytes
      from = actors
      print(
        `  ${actors.toLocaleString('en')} actors are stored; the latest of them took ${seeded.seconds.toFixed(1)} s`,
      )
      const rewriteMs = performance.now()
      await rewriteAof(servers.redis, REWRITE_DEADLINE_MS)
      const rewriteSeconds = (performance.now() - rewriteMs) / 1_000
      const { aofBytes: rewrittenAofBytes } = await redisUse(servers.redis)
      const idleSeconds = index === sizes.length - 1 ? size.idleSecondsLast : size.idleSeconds
      const served = await serve(servers, size, environment, crowd, actors, idleSeconds, told)
      steps.push({ actors, seeded, redisBytes, aofBytes, rewrittenAofBytes, rewriteSeconds, ...served })
    }
    return growthSection(size, steps, crowd, told)
  } finally {
    await forgetSystem(servers.redis, system)
  }
}
