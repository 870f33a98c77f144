/**
 * What may be said to an instance of a service (one role of one node), what it remembers, and what it is. Entity id:
 * `<service>@<node>`; it lives in the shard of its service.
 */
import { z } from 'zod'

const text = z.string().max(1_000)

/** What an instance says of itself when it starts. */
export const registration = z.object({
  /** New with each start of the node's process: tells it from one of the same name that it took the place of. */
  incarnation: text,
  /** Of the release that it runs. */
  version: text,
  /** Protocol versions that it can work with. */
  protocols: z.array(z.number()).max(100),
  host: text,
  pid: z.number(),
  startedAtMs: z.number(),
  /** How often it will tell its load. */
  heartbeatMs: z.number(),
  /** Of its HTTP port, if it has one. */
  url: text.exactOptional(),
  /** What runs there, by kind: driver types, topics, … */
  runs: z.record(z.string(), z.array(text).max(1_000)),
})
export type Registration = z.infer<typeof registration>

/** What a list of instances shows, and no more: it is stored with every heartbeat. */
export const load = z.object({
  /** The shards that it serves. */
  shards: z.array(z.number()).max(65_536),
  entitiesInMemory: z.number(),
  messagesPerSecond: z.number(),
  inFlight: z.number(),
  // Of the whole process: the same for all roles of a node.
  /** The longest that the event loop was held up since the last heartbeat. */
  eventLoopDelayMs: z.number(),
  rssBytes: z.number(),
  /** Of one core, since the last heartbeat. */
  cpuFraction: z.number(),
})
export type Load = z.infer<typeof load>

const configuration = {
  /** The version of its service's configuration that it works with. */
  configurationVersion: z.number(),
  /** Why it doesn't work with a newer one, or what it left out of this one; empty: nothing. */
  configurationProblem: text,
}

export const command = z.discriminatedUnion('type', [
  /** Reply of this and of `heartbeat`: `InstanceReply`, from its service. */
  z.object({ type: z.literal('register'), registration }),
  z.object({ type: z.literal('heartbeat'), incarnation: text, isReady: z.boolean(), load, ...configuration }),
  /** It stops as it should. */
  z.object({ type: z.literal('deregister'), incarnation: text }),
  // Its own timers.
  z.object({ type: z.literal('check-silence') }),
  z.object({ type: z.literal('retention-over') }),
])
export type ServiceInstanceCommand = z.infer<typeof command>

export const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('registered'), atMs: z.number(), registration }),
  z.object({ type: z.literal('heartbeat'), atMs: z.number(), isReady: z.boolean(), load, ...configuration }),
  z.object({ type: z.literal('went-silent'), atMs: z.number() }),
  /** It was silent, and is heard again. */
  z.object({ type: z.literal('came-back'), atMs: z.number() }),
  z.object({ type: z.literal('stopped'), atMs: z.number() }),
  z.object({ type: z.literal('forgotten'), atMs: z.number() }),
])
export type ServiceInstanceEvent = z.infer<typeof event>

/** `Silent`: nothing was heard of it for too long; it may be dead, frozen or cut off. `Stopped`: it said good-bye. */
export const INSTANCE_STATES = ['Ready', 'NotReady', 'Silent', 'Stopped'] as const
export const instanceState = z.enum(INSTANCE_STATES)
export type InstanceState = z.infer<typeof instanceState>

export const state = z.object({
  service: z.string(),
  node: z.string(),
  /** `null`: it isn't there. */
  registration: registration.nullable(),
  state: instanceState,
  /** Since when it is in this state. */
  sinceMs: z.number(),
  lastSeenMs: z.number(),
  /** `null`: it hasn't told yet. */
  load: load.nullable(),
  ...configuration,
})
export type ServiceInstanceState = z.infer<typeof state>
