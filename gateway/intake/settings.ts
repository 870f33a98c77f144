/** Settings of the metrics that arrive on topics. */
import { z } from 'zod'
import { setting } from '../../runtime/settings.ts'

const topic = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'up to 249 letters, digits, dots, dashes and underscores')

export const INTAKE_SETTINGS = {
  integrityTopic: setting(
    'HOMEOSTAT_INTEGRITY_TOPIC',
    'Kafka topic of the integrity metrics of resources',
    topic.default('alm__integrity'),
  ),
  loadTopic: setting(
    'HOMEOSTAT_LOAD_TOPIC',
    'Kafka topic of the load metrics of resources',
    topic.default('alm__load'),
  ),
}
