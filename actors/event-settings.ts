/** Where events for those outside are published, in a system that has Kafka. */
import { z } from 'zod'
import { setting } from '../runtime/settings.ts'

const topic = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'up to 249 letters, digits, dots, dashes and underscores')

export const EVENT_SETTINGS = {
  processTopic: setting(
    'HOMEOSTAT_PROCESS_EVENTS_TOPIC',
    'Kafka topic on which the start and the end of each process are published',
    topic.default('alm__processStateChange'),
  ),
  componentTopic: setting(
    'HOMEOSTAT_COMPONENT_EVENTS_TOPIC',
    'Kafka topic on which the changed states of resources and root assemblies are published',
    topic.default('alm__stateChange'),
  ),
  alarmTopic: setting(
    'HOMEOSTAT_ALARMS_TOPIC',
    'Kafka topic on which alarms are published when they are raised, acknowledged, changed and cleared',
    topic.default('homeostat-alarms'),
  ),
}

/** Of the topics, where they aren't there yet. */
export const EVENT_PARTITIONS = 8
