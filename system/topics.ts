/** The topics of a system: its own, and those that others named. */
import { EVENT_PARTITIONS } from '../actors/event-settings.ts'
import { LIVE_PARTITIONS, LIVE_TOPIC } from '../actors/live.ts'
import { PARTICIPANT_RETURNS_PARTITIONS, PARTICIPANT_RETURNS_TOPIC } from '../actors/participant/returns.ts'
import { SERVICE_CHANGES_PARTITIONS, SERVICE_CHANGES_TOPIC } from '../actors/service/changes.ts'
import { DRIVER_REQUESTS_TOPIC } from '../drivers/protocol.ts'
import type { Clock, Log } from '../runtime/ports.ts'
import type { Backing, Report } from './backing.ts'
import type { NodeSettings } from './environment.ts'
import { LOCAL_PARTITIONS } from './participant-settings.ts'

export const ownTopics = (
  { driverRequestPartitions, kind }: Backing,
  { participants }: NodeSettings,
): Readonly<Record<string, number>> => ({
  [DRIVER_REQUESTS_TOPIC]: driverRequestPartitions,
  [LIVE_TOPIC]: LIVE_PARTITIONS,
  [SERVICE_CHANGES_TOPIC]: SERVICE_CHANGES_PARTITIONS,
  [PARTICIPANT_RETURNS_TOPIC]: PARTICIPANT_RETURNS_PARTITIONS,
  ...(kind === 'embedded' ? { [participants.participantTopic]: LOCAL_PARTITIONS } : {}),
})

const eventTopics = ({ processTopic, componentTopic, alarmTopic }: NodeSettings['events']): readonly string[] => [
  processTopic,
  componentTopic,
  alarmTopic,
]

/** Topics whose names others know: they are used without the system's prefix. */
export const sharedTopics = ({ drivers, intake, events, participants }: NodeSettings): ReadonlySet<string> =>
  new Set([
    drivers.eventsTopic,
    intake.integrityTopic,
    intake.loadTopic,
    participants.participantTopic,
    ...eventTopics(events),
  ])

/** The topics that entities publish on for those outside, with the partitions that they have; none on one machine. */
export const outsideTopics = async (
  { kind, log }: Backing,
  { events, participants }: NodeSettings,
): Promise<Readonly<Record<string, number>>> => {
  if (kind === 'embedded') return {}
  const topics = [...eventTopics(events), participants.participantTopic]
  const partitions = await Promise.all(topics.map((topic) => log.ensureTopic(topic, EVENT_PARTITIONS)))
  return Object.fromEntries(topics.map((topic, index) => [topic, partitions[index] ?? EVENT_PARTITIONS]))
}

/** Live events that are kept for those who resume a stream. */
const LIVE_KEEP_RECORDS = 50_000
const TRIM_EVERY_MS = 60_000

/** Keeps the live events bounded; several nodes may do it. Answers how to end it. */
export const trimLiveEvents = (log: Log, clock: Clock, report: Report): (() => void) => {
  let cancel = (): void => undefined
  const trim = async (): Promise<void> => {
    const { next } = await log.bounds(LIVE_TOPIC, 0)
    if (next > LIVE_KEEP_RECORDS) await log.trim(LIVE_TOPIC, 0, next - LIVE_KEEP_RECORDS)
  }
  const later = (): void => {
    cancel = clock.schedule(TRIM_EVERY_MS, () => {
      trim()
        .catch((error: unknown) => report('the live events could not be trimmed', error))
        .finally(later)
    })
  }
  later()
  return () => cancel()
}
