/** Nodes, put together from the instances that they run: what an operator looks at first. */
import { z } from 'zod'
import type { InstanceState, Load, ServiceInstanceState } from '../../actors/service-instance/protocol.ts'
import { timeText } from '../routes.ts'
import { loadView, shardsView, state } from './instance-view.ts'

export const nodeView = z
  .object({
    node: z.string(),
    state: state.meta({ description: '`Ready` if all of its roles are; else the worst of theirs' }),
    roles: z.array(z.object({ service: z.string(), state })),
    version: z.string().meta({ description: 'of the release that it runs' }),
    protocols: z.array(z.number().int()),
    host: z.string(),
    pid: z.number().int(),
    startedAt: z.string(),
    lastSeen: z.string(),
    url: z.string().optional(),
    shards: shardsView,
    load: loadView.optional(),
  })
  .meta({ id: 'Node' })

export type NodeView = z.infer<typeof nodeView>

type Registered = ServiceInstanceState & { readonly registration: object }

/**
 * By name. What an earlier process of a node's name left behind (a role that it doesn't have any more) isn't part of it:
 * only those of the process that started last are.
 */
export const viewNodes = (instances: readonly ServiceInstanceState[]): readonly NodeView[] => {
  const registered = instances.filter((instance): instance is Registered => instance.registration !== null)
  const byNode = Map.groupBy(registered, ({ node }) => node)
  return [...byNode]
    .map(([node, all]) => viewNode(node, ofLatestProcess(all)))
    .sort((left, right) => (left.node < right.node ? -1 : 1))
}

const ofLatestProcess = (all: readonly Registered[]): readonly Registered[] => {
  const latest = all.reduce((one, other) =>
    other.registration.startedAtMs > one.registration.startedAtMs ? other : one,
  )
  return all.filter(({ registration }) => registration.incarnation === latest.registration.incarnation)
}

const viewNode = (node: string, all: readonly Registered[]): NodeView => {
  const heard = [...all].sort((left, right) => right.lastSeenMs - left.lastSeenMs)
  const [latest] = heard as [Registered]
  const { version, protocols, host, pid, startedAtMs } = latest.registration
  const loads = heard.flatMap(({ load }) => (load ? [load] : []))
  const url = all.find(({ registration }) => registration.url !== undefined)?.registration.url
  return {
    node,
    state: worstOf(all.map(({ state: one }) => one)),
    roles: all
      .map(({ service, state: one }) => ({ service, state: one }))
      .sort((left, right) => (left.service < right.service ? -1 : 1)),
    version,
    protocols,
    host,
    pid,
    startedAt: timeText(startedAtMs),
    lastSeen: timeText(latest.lastSeenMs),
    ...(url === undefined ? {} : { url }),
    shards: [...new Set(loads.flatMap(({ shards }) => shards))].sort((left, right) => left - right),
    ...(loads[0] ? { load: sumOf(loads[0], loads) } : {}),
  }
}

/** Work is added up; what the process takes is the same for all of its roles, as the latest heartbeat has it. */
const sumOf = (latest: Load, loads: readonly Load[]): z.infer<typeof loadView> => {
  const total = (of: (load: Load) => number): number => loads.reduce((sum, load) => sum + of(load), 0)
  const { eventLoopDelayMs, rssBytes, cpuFraction } = latest
  return {
    entitiesInMemory: total((load) => load.entitiesInMemory),
    messagesPerSecond: Math.round(total((load) => load.messagesPerSecond) * 10) / 10,
    inFlight: total((load) => load.inFlight),
    eventLoopDelayMs,
    rssBytes,
    cpuFraction,
  }
}

/** A role that has stopped while others go on is a node that is stopping. */
const WORST_FIRST: readonly InstanceState[] = ['Silent', 'NotReady', 'Stopped', 'Ready']

const worstOf = (states: readonly InstanceState[]): InstanceState => {
  const worst = WORST_FIRST.find((one) => states.includes(one)) ?? 'NotReady'
  return worst === 'Stopped' && states.some((one) => one !== 'Stopped') ? 'NotReady' : worst
}
