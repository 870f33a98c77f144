/**
 * Events for those outside who follow what becomes of orders, on topics and in shapes that the lifecycle managers in the
 * field have. Made from the live events, so that both tell the same under the same `eventId`. At least once.
 */
import type { Effect } from '../runtime/entity.ts'
import { LIVE_TOPIC, type LiveEvent } from './live.ts'

export interface PublishedEventTopics {
  readonly processTopic: string
  readonly componentTopic: string
  readonly alarmTopic: string
}

/** A process has started or ended. */
export interface ProcessStateChangeEvent {
  readonly eventType: 'ProcessStateChangeEvent'
  /** Stays the same when it is published again. */
  readonly eventId: string
  /** ISO 8601, as all times here. */
  readonly eventCreatedAt: string
  readonly processId: string
  readonly assemblyId: string
  readonly assemblyName: string
  readonly assemblyDescriptorName: string
  /** `CreateAssembly`, … */
  readonly intentType: string
  /** As it was ordered. */
  readonly intent: unknown
  readonly processState: string
  readonly processStateReason?: string
  readonly processStartedAt: string
  readonly processFinishedAt?: string
}

/** A resource has completed a transition, or a root assembly has reached another state (then without resource fields). */
export interface ComponentStateChangeEvent {
  readonly eventType: 'ComponentStateChangeEvent'
  readonly eventId: string
  readonly eventCreatedAt: string
  readonly rootAssemblyId: string
  readonly rootAssemblyName: string
  readonly resourceId?: string
  readonly resourceName?: string
  readonly resourceManager?: string
  readonly deploymentLocation?: string
  readonly processId: string
  /** `null`: it wasn't there. */
  readonly previousState: string | null
  /** `null`: it is uninstalled. */
  readonly newState: string | null
}

/** An alarm's notification, as those who watch get it. */
export type AlarmNotification = Extract<LiveEvent, { eventType: 'AlarmEvent' }>

export type PublishedEvent = ProcessStateChangeEvent | ComponentStateChangeEvent | AlarmNotification

/** The request's fields, without the tag that tells our intents apart. */
const requestOf = (intent: unknown): unknown => {
  if (typeof intent !== 'object' || intent === null) return intent
  const { type: _, ...request } = intent as Record<string, unknown>
  return request
}

/**
 * What those outside are told of it. `undefined`: nothing. Tasks are not their business, nor nested assemblies, which have
 * no place in these shapes; and of what failed only the process tells.
 */
export const publishedEvent = (event: LiveEvent): PublishedEvent | undefined => {
  switch (event.eventType) {
    case 'ProcessStateChangeEvent': {
      const { rootAssemblyName: _, intent, ...rest } = event
      return { ...rest, intent: requestOf(intent) }
    }
    case 'ComponentStateChangeEvent': {
      const { assemblyName, ...rest } = event
      return assemblyName !== undefined || event.newState === 'Failed' ? undefined : rest
    }
    case 'AlarmEvent':
      return event
    case 'ProcessTaskStateChangeEvent':
    case 'ControlLoopStateChangeEvent':
    case 'ControlLoopElementFailedEvent':
    case 'ParticipantStateChangeEvent':
      return undefined
  }
}

/** Tells everybody who watches: on the live topic, and outside if there is anybody who could read it. `key`: what it is about. */
export const announced = (
  { publishedEvents }: { readonly publishedEvents: PublishedEventTopics | undefined },
  key: string,
  event: LiveEvent,
): readonly Effect[] => {
  const live: Effect = { type: 'publish', topic: LIVE_TOPIC, key, message: event }
  const message = publishedEvents && publishedEvent(event)
  if (!message) return [live]
  return [live, { type: 'publish', topic: topicOf(message, publishedEvents), key, message, encoding: 'json' }]
}

const topicOf = ({ eventType }: PublishedEvent, topics: PublishedEventTopics): string => {
  switch (eventType) {
    case 'ProcessStateChangeEvent':
      return topics.processTopic
    case 'ComponentStateChangeEvent':
      return topics.componentTopic
    case 'AlarmEvent':
      return topics.alarmTopic
  }
}
