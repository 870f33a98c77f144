/**
 * How running instances learn that their service was configured anew: one topic with one partition. A record is a hint
 * to read the store, so one that gets lost or comes twice does no harm (the heartbeat's reply names the version, too).
 */
import { z } from 'zod'

export const SERVICE_CHANGES_TOPIC = 'service-changes'
export const SERVICE_CHANGES_PARTITIONS = 1
/** Records that are worth keeping; older ones may be trimmed by whoever reads. */
export const SERVICE_CHANGES_KEEP = 100

export const serviceChange = z.object({
  service: z.string(),
  /** Of the configuration that is stored now. */
  version: z.number(),
})
export type ServiceChange = z.infer<typeof serviceChange>
