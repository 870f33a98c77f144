/** How an instance of a service is run. */
import { defineEntity, type Waiting } from '../../runtime/entity.ts'
import { placementOfText } from '../../runtime/placement.ts'
import { SERVICE_INSTANCE, serviceInstanceParts } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { decide, evolve, initial, isHeard, react, silentAtMs } from './machine.ts'
import { command, event, type ServiceInstanceState, state } from './protocol.ts'

export const serviceInstanceEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: SERVICE_INSTANCE,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(config),
    evolve,
    react: react(config),
    // Where its service is, so that a heartbeat and its answer are one commit.
    placement: (id) => placementOfText(serviceInstanceParts(id).service),
    // Only what changes seldom: an index entry is written whenever one of these does.
    fields: ({ service, node, state: is, registration, configurationVersion }) =>
      registration && { service, node, state: is, configurationVersion: String(configurationVersion) },
    waiting: waiting(config),
    limits: { snapshotEveryEvents: config.snapshotEveryEvents, historyEventsMax: config.instanceHistoryEventsMax },
  })

const waiting =
  (config: ActorsConfig) =>
  (instance: ServiceInstanceState): readonly Waiting[] => {
    const { lastSeenMs, sinceMs } = instance
    if (isHeard(instance)) {
      const next = { what: 'it counts as Silent', atMs: silentAtMs(instance, config) }
      return [{ for: 'its next heartbeat', kind: 'heartbeat', sinceMs: lastSeenMs, next }]
    }
    if (!instance.registration) return []
    const next = { what: 'it is forgotten', atMs: sinceMs + config.instanceRetentionMs }
    return [{ for: 'its process to be heard again', kind: 'heartbeat', sinceMs, next }]
  }
