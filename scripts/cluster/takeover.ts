/** Kills a node and shows how the others take over what it did. */
import { apiAt } from '../../console/api.ts'
import type { ClusterRecord, NodeRecord } from './record.ts'

const LOOK_EVERY_MS = 250
const GIVE_UP_MS = 60_000

export type Print = (line: string) => void

interface NodeView {
  readonly node: string
  readonly state: string
  /** What it serves, as far as the registry has heard. */
  readonly shards: readonly number[]
}

const nodesAt = async (url: string): Promise<readonly NodeView[]> =>
  (await apiAt(url).get('/api/runtime/nodes')) as readonly NodeView[]

const line = (nodes: readonly NodeView[]): string =>
  nodes.map(({ node, state, shards }) => `${node} ${state} [${shards.join(' ')}]`).join('   ')

/** @throws for people, if no other node answers */
const survivor = async ({ nodes }: ClusterRecord, victim: NodeRecord): Promise<string> => {
  for (const { name, url } of nodes) {
    if (name === victim.name) continue
    const answers = await nodesAt(url).then(
      () => true,
      () => false,
    )
    if (answers) return url
  }
  throw new Error('no other node answers: who should take over?')
}

export const showNodes = async (cluster: ClusterRecord, print: Print): Promise<void> => {
  for (const { name, url } of cluster.nodes) {
    try {
      return print(line(await nodesAt(url)))
    } catch {
      print(`${name} at ${url} does not answer`)
    }
  }
}

export const killAndWatch = async (cluster: ClusterRecord, victim: NodeRecord, print: Print): Promise<void> => {
  const url = await survivor(cluster, victim)
  const before = await nodesAt(url)
  const lost = before.find(({ node }) => node === victim.name)?.shards ?? []
  print(`Before:  ${line(before)}`)
  process.kill(victim.pid, 'SIGKILL')
  const killedMs = performance.now()
  if (lost.length === 0) {
    print(`kill -9 of ${victim.name} (pid ${victim.pid}), which served no shards: there is nothing to take over.`)
    print(`What was asked of it waits: npm run cluster -- start ${victim.name}`)
    return
  }
  print(`kill -9 of ${victim.name} (pid ${victim.pid}), which served ${lost.length} shards. Looking from ${url}:`)
  let shown = ''
  while (performance.now() - killedMs < GIVE_UP_MS) {
    const nodes = await nodesAt(url)
    const seconds = ((performance.now() - killedMs) / 1000).toFixed(1)
    const now = line(nodes)
    if (now !== shown) print(`${seconds.padStart(5)} s  ${now}`)
    shown = now
    const served = new Set(nodes.flatMap(({ node, shards }) => (node === victim.name ? [] : shards)))
    if (lost.every((shard) => served.has(shard))) {
      print(`All shards are served again: known here ${seconds} s after the kill (a session counts as lost after 6 s).`)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  throw new Error(`after ${GIVE_UP_MS / 1000} s not all shards of ${victim.name} are served`)
}
