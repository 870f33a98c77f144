/**
 * An instance of a service: there as long as it is heard. A process that takes another's name (a restart) takes its
 * place; what the other one still says, because it was only frozen, is refused.
 *
 * Silence is a durable timer that isn't set anew with each heartbeat, but looks when it fires how long ago the latest
 * one was: one write of a timer for several heartbeats. It compares the clocks of two nodes, which are close (a node
 * whose clock is far off isn't let in).
 */
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import { serviceInstanceParts, serviceRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import type { ServiceCommand } from '../service/protocol.ts'
import type {
  InstanceState,
  Registration,
  ServiceInstanceCommand,
  ServiceInstanceEvent,
  ServiceInstanceState,
} from './protocol.ts'

type Config = Pick<ActorsConfig, 'missedHeartbeatsMax' | 'instanceRetentionMs'>
type Decided = Decision<ServiceInstanceEvent>
const NOTHING: Decided = { events: [] }

export const initial = (id: string): ServiceInstanceState => ({
  ...serviceInstanceParts(id),
  registration: null,
  state: 'NotReady',
  sinceMs: 0,
  lastSeenMs: 0,
  load: null,
  configurationVersion: 0,
  configurationProblem: '',
})

export const decide =
  (config: Config) =>
  (state: ServiceInstanceState, command: ServiceInstanceCommand, context: Context): Decided => {
    const atMs = context.nowMs
    switch (command.type) {
      case 'register':
        return register(state, command.registration, context)
      case 'heartbeat': {
        const { type: _type, incarnation, ...told } = command
        const refusal = refusedOf(state, incarnation)
        if (refusal) return refusal
        const back: ServiceInstanceEvent[] = state.state === 'Silent' ? [{ type: 'came-back', atMs }] : []
        return { events: [...back, { type: 'heartbeat', atMs, ...told }] }
      }
      case 'deregister': {
        const own = state.registration?.incarnation === command.incarnation && state.state !== 'Stopped'
        return { events: own ? [{ type: 'stopped', atMs }] : [], reply: {} }
      }
      case 'check-silence': {
        if (!isHeard(state)) return NOTHING
        if (silentAtMs(state, config) <= atMs) return { events: [{ type: 'went-silent', atMs }] }
        return { events: [], effects: [silenceTimer(state, config)] }
      }
      case 'retention-over': {
        const isOver = state.registration && !isHeard(state) && state.sinceMs + config.instanceRetentionMs <= atMs
        return isOver ? { events: [{ type: 'forgotten', atMs }] } : NOTHING
      }
    }
  }

const register = (state: ServiceInstanceState, registration: Registration, context: Context): Decided => {
  const { service, node } = state
  if (!isInstanceName(service, node))
    return {
      reject: {
        code: 'invalid-instance-name',
        reason: `${context.self.id} is not <service>@<node> with a service such as gateway and a node such as node-1`,
      },
    }
  // A late word of a process whose successor is here already.
  const other = state.registration
  if (other && isHeard(state) && other.startedAtMs > registration.startedAtMs)
    if (other.incarnation !== registration.incarnation) return superseded(state)
  return { events: [{ type: 'registered', atMs: context.nowMs, registration }] }
}

/** Service: kebab-case, at most 63 characters. Node: letters, digits, dots, dashes and underscores, at most 253. */
const isInstanceName = (service: string, node: string): boolean =>
  /^[a-z][a-z0-9-]{0,62}$/.test(service) && /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(node)

/** Why a heartbeat of this process doesn't count. */
const refusedOf = (state: ServiceInstanceState, incarnation: string): Decided | undefined => {
  const { registration } = state
  const isOwn = registration?.incarnation === incarnation
  if (isOwn && state.state !== 'Stopped') return undefined
  if (registration && !isOwn && isHeard(state)) return superseded(state)
  return {
    reject: { code: 'instance-not-registered', reason: `${state.service}@${state.node} has to register first` },
  }
}

const superseded = ({ service, node, registration }: ServiceInstanceState): Decided => ({
  reject: {
    code: 'instance-superseded',
    reason:
      `another process is ${service}@${node} now: pid ${registration?.pid} on ${registration?.host}, started at ` +
      `${new Date(registration?.startedAtMs ?? 0).toISOString()}; if both are to run, give them different node names`,
  },
})

export const evolve = (state: ServiceInstanceState, event: ServiceInstanceEvent): ServiceInstanceState => {
  const heardMs = Math.max(state.lastSeenMs, event.atMs)
  switch (event.type) {
    case 'registered': {
      const { registration, atMs } = event
      const next = registration.incarnation === state.registration?.incarnation ? state : initialLike(state)
      return { ...moved(next, next.state === 'Ready' ? 'Ready' : 'NotReady', atMs), registration, lastSeenMs: heardMs }
    }
    case 'heartbeat': {
      const { type: _type, atMs, isReady, ...told } = event
      return { ...moved(state, isReady ? 'Ready' : 'NotReady', atMs), ...told, lastSeenMs: heardMs }
    }
    case 'came-back':
      return { ...moved(state, 'NotReady', event.atMs), lastSeenMs: heardMs }
    case 'went-silent':
      return moved(state, 'Silent', event.atMs)
    case 'stopped':
      return moved(state, 'Stopped', event.atMs)
    case 'forgotten':
      return initialLike(state)
  }
}

const initialLike = ({ service, node }: ServiceInstanceState): ServiceInstanceState => ({
  ...initial(''),
  service,
  node,
})

const moved = (state: ServiceInstanceState, to: InstanceState, atMs: number): ServiceInstanceState =>
  state.state === to && state.sinceMs > 0 ? state : { ...state, state: to, sinceMs: atMs }

export const react =
  (config: Config) =>
  (state: ServiceInstanceState, event: ServiceInstanceEvent): readonly Effect[] => {
    switch (event.type) {
      case 'registered':
        return [silenceTimer(state, config), { type: 'cancel-timer', name: 'retention' }, seen(state)]
      case 'heartbeat':
        return [seen(state)]
      case 'came-back':
        return [silenceTimer(state, config), { type: 'cancel-timer', name: 'retention' }]
      case 'went-silent':
        return [retentionTimer(event.atMs, config)]
      case 'stopped':
        return [{ type: 'cancel-timer', name: 'silence' }, retentionTimer(event.atMs, config)]
      case 'forgotten':
        return [{ type: 'forget' }]
    }
  }

/** Its service answers for it, with the version of the configuration. */
const seen = ({ service }: ServiceInstanceState): Effect => {
  const message: ServiceCommand = { type: 'instance-seen' }
  return { type: 'tell', to: serviceRef(service), message, forwardReply: true }
}

/** It counts as there. */
export const isHeard = ({ registration, state }: ServiceInstanceState): boolean =>
  registration !== null && (state === 'Ready' || state === 'NotReady')

/** When it counts as silent if nothing more is heard. */
export const silentAtMs = (
  { lastSeenMs, registration }: ServiceInstanceState,
  { missedHeartbeatsMax }: Pick<ActorsConfig, 'missedHeartbeatsMax'>,
): number => lastSeenMs + Math.max(1, registration?.heartbeatMs ?? 1) * missedHeartbeatsMax

const silenceTimer = (state: ServiceInstanceState, config: Config): Effect => {
  const message: ServiceInstanceCommand = { type: 'check-silence' }
  return { type: 'set-timer', name: 'silence', dueMs: silentAtMs(state, config), message }
}

const retentionTimer = (sinceMs: number, { instanceRetentionMs }: Config): Effect => {
  const message: ServiceInstanceCommand = { type: 'retention-over' }
  return { type: 'set-timer', name: 'retention', dueMs: sinceMs + instanceRetentionMs, message }
}
