/** What a running local cluster leaves on disk, so that commands in other terminals find it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const record = z.object({
  /** Of `npm run cluster` itself. */
  pid: z.number(),
  nodes: z.array(
    z.object({
      name: z.string(),
      /** 0: it was killed, and not started again. */
      pid: z.number(),
      url: z.string(),
      /** What it was started with, to start it again. */
      environment: z.record(z.string(), z.string()),
    }),
  ),
})
export type ClusterRecord = z.infer<typeof record>
export type NodeRecord = ClusterRecord['nodes'][number]

const FILE = 'cluster.json'

export const writeRecord = (folder: string, value: ClusterRecord): void => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, FILE), JSON.stringify(value, null, 2))
}

export const removeRecord = (folder: string): void => rmSync(join(folder, FILE), { force: true })

/** Undefined if no cluster runs; one whose `npm run cluster` was killed doesn't. */
export const findRecord = (folder: string): ClusterRecord | undefined => {
  try {
    const found = record.parse(JSON.parse(readFileSync(join(folder, FILE), 'utf8')))
    return isAlive(found.pid) ? found : undefined
  } catch {
    return undefined
  }
}

/** @throws for people, if no cluster runs */
export const readRecord = (folder: string): ClusterRecord => {
  const found = findRecord(folder)
  if (!found) throw new Error('no cluster runs here: start one with npm run cluster')
  return found
}

/** By its name or its number, `2` for `node-2`. @throws for people, naming those that there are */
export const nodeIn = ({ nodes }: ClusterRecord, name: string): NodeRecord => {
  const node = nodes.find((each) => each.name === name || each.name === `node-${name}`)
  if (!node) throw new Error(`there is no node ${name}; there are ${nodes.map((each) => each.name).join(', ')}`)
  return node
}

/** The record with one node changed, as others may have written it meanwhile. */
export const changeNode = (folder: string, name: string, change: Partial<NodeRecord>): void => {
  const now = findRecord(folder)
  if (!now) return
  writeRecord(folder, { ...now, nodes: now.nodes.map((node) => (node.name === name ? { ...node, ...change } : node)) })
}

export const isAlive = (pid: number): boolean => {
  if (pid === 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
