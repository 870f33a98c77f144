/** A node with a crowd of resources is killed: how soon its shards are served again, and what that loads. */
import { Loss } from '../figures.ts'
import { verifyNoDeadLetters } from '../ledger.ts'
import { defineCommand } from './crowd-commands.ts'
import { actorOf, observedCrowd } from './crowd.ts'
import { type BenchClient, openClient } from './client.ts'
import { gapMs, longestGaps, servedAgainAfter } from './gaps.ts'
import { type Member, startMembers } from './member.ts'
import { SLOW_MS, startProber } from './prober.ts'
import { callsBetween, redisUse } from './redis-info.ts'
import { boundOf, type Section, summaryOf } from './section.ts'
import { seed, verifyCrowd } from './seeding.ts'
import { type BenchServers, forgetSystem, systemEnvironment, uniqueName } from './servers.ts'
import { LIMIT_BEYOND_SESSION_MS, settled } from './takeover.ts'

export interface CrowdedSize {
  readonly shards: number
  readonly sessionTimeoutMs: number
  /** Stored in all; of three nodes that all serve, the one that is killed has a third of the shards. */
  readonly resources: number
  readonly samples: number
}

/** The registry's, one probe a shard, and some air: nothing of the crowd. */
const IN_MEMORY_MAX = 200
/** Of what is stored: a take-over reads offsets, marks, outbox and timers. */
const READ_SHARE_MAX = 0.01
const SETTLED_DEADLINE_MS = 60_000
const ASK_DEADLINE_MS = 10_000

const inMemory = async (members: readonly Member[]): Promise<number> =>
  (await Promise.all(members.map((member) => member.ask('use')))).reduce((sum, use) => sum + use.entitiesInMemory, 0)

export const measureCrowdedNode = async (servers: BenchServers, size: CrowdedSize): Promise<Section> => {
  const { shards, sessionTimeoutMs, resources, samples } = size
  const system = uniqueName('crowded')
  const environment = systemEnvironment(servers, { system, shards, sessionTimeoutMs })
  const members: Member[] = []
  let client: BenchClient | undefined
  try {
    const crowd = await observedCrowd()
    // Of three nodes each holds a third, give or take one shard; the one that is killed must hold this many, and shards
    // are not quite equally full.
    const total = Math.ceil((1.02 * resources * shards) / Math.floor(shards / 3))
    const seeded = await seed({ redis: servers.redis, system, shards, crowd, from: 0, to: total })
    members.push(...(await startMembers(['node-1', 'node-2', 'node-3'].map((name) => ({ name, environment })))))
    client = await openClient({ environment })
    const { node } = client
    await settled(members, shards)
    await verifyCrowd(node.queries, crowd, total, samples)
    const prober = startProber(node, shards)
    await prober.allAnswer(performance.now(), SETTLED_DEADLINE_MS)

    const [victim, ...survivors] = members
    if (!victim) throw new Error('there is no node to kill')
    const held = new Set((await victim.ask('use')).shards)
    let heldResources = 0
    /** One of each shard that will be taken over. */
    const awaited = new Map<number, number>()
    const step = crowd.vnfcs.length
    // All of a service share a shard.
    for (let index = 0; index < total; index += step) {
      const shard = node.shardOf(actorOf(crowd, index).ref)
      if (!held.has(shard)) continue
      heldResources += Math.min(step, total - index)
      if (!awaited.has(shard)) awaited.set(shard, index)
    }
    const before = await redisUse(servers.redis)
    const killedMs = performance.now()
    await victim.kill()
    await prober.allAnswer(performance.now(), SETTLED_DEADLINE_MS)
    const after = await redisUse(servers.redis)
    const entitiesInMemory = await inMemory(survivors)
    await prober.stop()
    const span = { fromMs: killedMs, toMs: performance.now() }
    const servedAgainMs = servedAgainAfter(prober.answers, shards, killedMs, SLOW_MS)
    const gaps = longestGaps(prober.answers, shards, span).map(gapMs)
    // One of each shard that was taken over: it is there, and does what it is told.
    for (const index of awaited.values()) {
      const actor = actorOf(crowd, index)
      const asked = await node.ask(actor.ref, defineCommand(actor, 'after the take-over'), {
        sender: 'bench',
        deadlineMs: ASK_DEADLINE_MS,
      })
      const view = await node.queries.entity(actor.ref)
      if (!asked.ok || view?.version !== actor.version + 1)
        throw new Loss(
          `resource ${actor.ref.id} is at version ${view?.version}, not ${actor.version + 1}, after the take-over`,
        )
    }
    await verifyNoDeadLetters(node.queries)
    const calls = callsBetween(before, after)
    const limitMs = sessionTimeoutMs + LIMIT_BEYOND_SESSION_MS
    return {
      name: 'crowded-node',
      title: `A node with ${resources.toLocaleString('en')} resources is killed`,
      summaries: [
        summaryOf('resources in the shards of the killed node', 'resources', [heldResources], {
          atLeast: resources * 0.9,
        }),
        boundOf('every shard answers again after', 'ms', [Math.max(...servedAgainMs)], limitMs),
        summaryOf('longest gap of a shard', 'ms', [Math.max(...gaps)]),
        boundOf('entities in memory of the survivors afterwards', 'entities', [entitiesInMemory], IN_MEMORY_MAX),
        boundOf(
          'bytes that Redis sent to all clients meanwhile',
          'bytes',
          [after.sentBytes - before.sentBytes],
          Math.max(10_000_000, seeded.bytes * READ_SHARE_MAX),
        ),
      ],
      tables: [
        {
          title: 'Calls of Redis commands from the kill until every shard was served (probes, heartbeats and all)',
          head: ['command', 'calls'],
          rows: Object.entries(calls)
            .sort(([, left], [, right]) => right - left)
            .map(([name, count]) => [name, count.toLocaleString('en')]),
        },
      ],
      notes: [
        `${total.toLocaleString('en')} resources, each as a completed creation leaves it (see "Growth"), ${(seeded.bytes / 1e6).toFixed(0)} MB of events and fields in ${shards} shards on three nodes; the killed one had shards ${[...held].sort((a, b) => a - b).join(', ')}. Session timeout ${sessionTimeoutMs} ms; every shard is probed every 50 ms.`,
        "What nobody asks for stays where it is: a take-over reads the shard's offset, marks, outbox and timers. Held against that: the entities in memory of the survivors, and what Redis sent.",
        `Checked: before, ${Math.min(samples, total)} of the crowd by the queries of the API; afterwards one of each shard that was taken over carried a command out, once; no dead letters.`,
      ],
      losses: [],
      raw: {
        total,
        heldResources,
        servedAgainMs,
        gaps,
        entitiesInMemory,
        calls,
        sentBytes: after.sentBytes - before.sentBytes,
        seeded,
      },
    }
  } finally {
    await client?.close()
    await Promise.all(members.map((member) => member.kill()))
    await forgetSystem(servers.redis, system)
  }
}
