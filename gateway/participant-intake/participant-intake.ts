/**
 * Messages of participants, from the topic to their entities, shared by all nodes that take them in. At least once, and those of a
 * loop, or of a participant, in their order. What isn't for this side is passed over; what can't be read is counted: the topic
 * is others', too, and one bad message must not hold up the rest.
 */
import type { RuntimeClient } from '../../runtime/client.ts'
import { type GroupReader, startGroupReader } from '../../runtime/group-reader/group-reader.ts'
import type { Handled } from '../../runtime/group-reader/partition-work.ts'
import type { MetricSample } from '../../runtime/metrics.ts'
import type { Clock, Log } from '../../runtime/ports.ts'
import { isNews } from '../../runtime/seldom.ts'
import { decodeText, GENERATIONS } from '../../participants/protocol/generation.ts'
import { DEFAULT_PARTICIPANT_INTAKE_CONFIG, type ParticipantIntakeConfig } from './config.ts'
import { joinedWords } from './joined-words.ts'
import { tellingsOf } from './routing.ts'
import { told } from './told.ts'

export const PARTICIPANT_INTAKE_GROUP = 'participant-intake'

export interface ParticipantIntakeParts {
  readonly log: Log
  readonly clock: Clock
  readonly client: Pick<RuntimeClient, 'tell'>
  /** Its name is known to the participants. */
  readonly topic: string
  readonly config?: Partial<ParticipantIntakeConfig>
  readonly warn: (text: string, details: Readonly<Record<string, unknown>>) => void
}

interface Counts {
  /** Told to their entities. */
  told: number
  /** Of the other direction, or of a generation that isn't spoken here. */
  foreign: number
  malformed: number
  /** That no entity can take. */
  failed: number
  retried: number
}

export interface ParticipantIntake {
  stats(): Readonly<Counts>
  samples(): readonly MetricSample[]
  /** Stops reading, waits for what is under way, stores the position, leaves the group. */
  close(): Promise<void>
}

const SENDER = 'participant-intake'

/** Resolves when it has joined the group; makes the topic if it isn't there. */
export const startParticipantIntake = async (parts: ParticipantIntakeParts): Promise<ParticipantIntake> => {
  const { log, clock, topic, warn } = parts
  const client = { tell: joinedWords((to, message, options) => parts.client.tell(to, message, options)) }
  const config = { ...DEFAULT_PARTICIPANT_INTAKE_CONFIG, ...parts.config }
  const counts: Counts = { told: 0, foreign: 0, malformed: 0, failed: 0, retried: 0 }
  const stopping = new AbortController()
  const note = (what: 'malformed' | 'failed' | 'retried', problem: string): void => {
    const times = ++counts[what]
    if (isNews(times)) warn(`message of a participant ${what}`, { problem, times })
  }

  const handle = async (value: Uint8Array): Promise<Handled> => {
    const text = decodeText(value, config.messageBytesMax)
    if (text.kind !== 'message') {
      note('malformed', text.kind === 'malformed' ? text.problem : 'it is no message')
      return 'done'
    }
    const decoded = GENERATIONS.istanbul.decodeReport(text.message)
    if (decoded.kind === 'foreign') counts.foreign++
    if (decoded.kind === 'malformed') note('malformed', decoded.problem)
    if (decoded.kind !== 'message') return 'done'
    const outcome = await told(tellingsOf(decoded.message, 'istanbul'), SENDER, {
      client,
      clock,
      retry: config.retry,
      stopping: stopping.signal,
      onRetry: (problem) => note('retried', problem),
    })
    if (outcome === 'done') counts.told++
    if (typeof outcome === 'string') return outcome
    note('failed', outcome.hopeless)
    return 'done'
  }

  await log.ensureTopic(topic, config.partitions)
  const reader: GroupReader = await startGroupReader({
    log,
    clock,
    topic,
    group: PARTICIPANT_INTAKE_GROUP,
    // Participants read it, too.
    trims: false,
    config,
    handle,
    warn,
  })
  return {
    stats: () => ({ ...counts }),
    samples: () => samplesOf(counts),
    close: () => {
      stopping.abort()
      return reader.close()
    },
  }
}

const samplesOf = ({ retried, ...outcomes }: Counts): readonly MetricSample[] => [
  ...Object.entries(outcomes).map(([outcome, value]) => ({
    name: 'homeostat_participant_messages_total',
    help: "Messages read from the participants' topic, by what became of them",
    type: 'counter' as const,
    labels: { outcome },
    value,
  })),
  {
    name: 'homeostat_participant_message_retries_total',
    help: 'Tries at telling entities a message of a participant, after a temporary error',
    type: 'counter',
    value: retried,
  },
]
