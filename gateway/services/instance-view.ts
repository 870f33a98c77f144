/** Instances of services, as the API shows them. */
import { z } from 'zod'
import {
  INSTANCE_STATES,
  instanceState,
  type InstanceState,
  type ServiceInstanceState,
} from '../../actors/service-instance/protocol.ts'
import { timeText } from '../routes.ts'

export const state = instanceState.meta({
  description:
    '`Ready`: does its part; `NotReady`: is heard, but can’t yet; `Silent`: nothing was heard of it for three ' +
    'heartbeats; `Stopped`: it said good-bye',
})

export const loadView = z
  .object({
    entitiesInMemory: z.number(),
    messagesPerSecond: z.number(),
    inFlight: z.number(),
    eventLoopDelayMs: z.number().meta({ description: 'the longest since the last heartbeat' }),
    rssBytes: z.number(),
    cpuFraction: z.number().meta({ description: 'of one core, since the last heartbeat' }),
  })
  .meta({ id: 'InstanceLoad' })

export const shardsView = z.array(z.number().int()).meta({ description: 'the shards that it serves' })

export const instanceView = z
  .object({
    node: z.string(),
    state,
    since: z.string().meta({ description: 'when it came into this state' }),
    lastSeen: z.string(),
    version: z.string().meta({ description: 'of the release that it runs' }),
    protocols: z.array(z.number().int()).meta({ description: 'protocol versions that it can work with' }),
    host: z.string(),
    pid: z.number().int(),
    startedAt: z.string(),
    url: z.string().optional(),
    runs: z.record(z.string(), z.array(z.string())).meta({ description: 'what runs there, by kind' }),
    shards: shardsView,
    load: loadView.optional().meta({ description: 'as of its latest heartbeat; absent: it has told none yet' }),
    configurationVersion: z.number().int().meta({ description: 'the version of the configuration that it works with' }),
    isBehind: z.boolean().meta({ description: 'that is not the version that is stored' }),
    configurationProblem: z
      .string()
      .optional()
      .meta({ description: 'why it is behind, or what of its configuration its release can’t work with' }),
  })
  .meta({ id: 'ServiceInstance' })

/** `undefined`: it has been forgotten meanwhile. `configurationVersion`: the one that is stored. */
export const viewInstance = (
  instance: ServiceInstanceState,
  configurationVersion: number,
): z.infer<typeof instanceView> | undefined => {
  const { registration, load, configurationProblem } = instance
  if (!registration) return undefined
  const { version, protocols, host, pid, startedAtMs, url, runs } = registration
  const { shards = [], ...figures } = load ?? {}
  return {
    node: instance.node,
    state: instance.state,
    since: timeText(instance.sinceMs),
    lastSeen: timeText(instance.lastSeenMs),
    version,
    protocols,
    host,
    pid,
    startedAt: timeText(startedAtMs),
    ...(url === undefined ? {} : { url }),
    runs,
    shards,
    ...(load ? { load: figures as z.infer<typeof loadView> } : {}),
    configurationVersion: instance.configurationVersion,
    isBehind: instance.configurationVersion !== configurationVersion,
    ...(configurationProblem === '' ? {} : { configurationProblem }),
  }
}

export const stateCounts = z
  .object(Object.fromEntries(INSTANCE_STATES.map((name) => [name, z.number().int()])) as StateShape)
  .meta({ id: 'InstancesByState' })
type StateShape = Record<InstanceState, z.ZodNumber>

export const countStates = (states: readonly string[]): Record<InstanceState, number> => {
  const count = (name: InstanceState): number => states.filter((one) => one === name).length
  return {
    Ready: count('Ready'),
    NotReady: count('NotReady'),
    Silent: count('Silent'),
    Stopped: count('Stopped'),
  }
}
