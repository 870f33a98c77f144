/** Where the bench's loops run: in one process, or over Kafka and Redis with participants in a process of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Member } from '../cluster/member.ts'
import type { MemberUse } from '../cluster/member-orders.ts'
import { type BenchServers, forgetSystem, systemEnvironment, uniqueName } from '../cluster/servers.ts'
import { type LoopClient, loopClient } from './loop-client.ts'
import { type LoopWatch, watchLoops } from './loop-watch.ts'
import { ELEMENTS, PARTICIPANTS } from './template.ts'

export type Place = 'one process' | 'over Kafka'
export const PLACES: readonly Place[] = ['one process', 'over Kafka']

export interface StageUse {
  readonly cpuSeconds: number
  readonly rssBytes: number
  readonly heapBytes: number
  /** By the node that serves the entities. */
  readonly handled: number
  readonly commits: number
}

export interface Stage {
  readonly place: Place
  readonly client: LoopClient
  readonly watch: LoopWatch
  /** The process that serves the entities. */
  readonly node: Member
  /** Of all processes of the product together. */
  use(): Promise<StageUse>
  /** Kills the node (`kill -9`) at once, and starts it again. */
  restartNode(): Promise<void>
  /** The same with the participants; there are none of their own in one process. */
  restartParticipants(): Promise<void>
  close(): Promise<void>
}

const SHARDS = 16

/** The template is commissioned, and known to the participants or on its way. */
export const openStage = async (place: Place, servers: BenchServers): Promise<Stage> => {
  const isCluster = place === 'over Kafka'
  const system = uniqueName('loops')
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-bench-'))
  const environment = isCluster
    ? {
        ...systemEnvironment(servers, { system, shards: SHARDS }),
        HOMEOSTAT_PARTICIPANT_TOPIC: `${system}-participants`,
      }
    : { HOMEOSTAT_DATA: folder, HOMEOSTAT_EXAMPLE: 'off', HOMEOSTAT_PORT: '0' }
  const startNode = (): Promise<Member> =>
    Member.start({
      name: 'node',
      roles: isCluster ? 'gateway,worker' : 'gateway,worker,driver,participant',
      environment: isCluster ? environment : { ...environment, HOMEOSTAT_PARTICIPANTS: PARTICIPANTS },
    })
  const startParticipants = (): Promise<Member> =>
    Member.start({
      name: 'participants',
      roles: 'participant',
      environment: { ...environment, HOMEOSTAT_PARTICIPANTS: PARTICIPANTS },
    })
  let node = await startNode()
  let participants: Member | undefined
  let watch: LoopWatch | undefined
  const close = async (): Promise<void> => {
    watch?.close()
    await participants?.stop()
    await node.stop()
    if (isCluster) await forgetSystem(servers.redis, system)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    if (isCluster) participants = await startParticipants()
    let client = loopClient(node.url)
    await client.commission(ELEMENTS)
    watch = await watchLoops(node.url)
    return {
      place,
      get client() {
        return client
      },
      get watch() {
        return watch as LoopWatch
      },
      get node() {
        return node
      },
      use: async () =>
        sumOf(await Promise.all([node, ...(participants ? [participants] : [])].map((member) => member.ask('use')))),
      restartNode: async () => {
        await node.kill()
        watch?.close()
        node = await startNode()
        client = loopClient(node.url)
        watch = await watchLoops(node.url)
      },
      restartParticipants: async () => {
        await participants?.kill()
        participants = await startParticipants()
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const sumOf = (uses: readonly MemberUse[]): StageUse =>
  uses.reduce<StageUse>(
    (sum, use) => ({
      cpuSeconds: sum.cpuSeconds + use.cpuSeconds,
      rssBytes: sum.rssBytes + use.rssBytes,
      heapBytes: sum.heapBytes + use.heapBytes,
      handled: sum.handled + use.handled,
      commits: sum.commits + use.commits,
    }),
    { cpuSeconds: 0, rssBytes: 0, heapBytes: 0, handled: 0, commits: 0 },
  )
