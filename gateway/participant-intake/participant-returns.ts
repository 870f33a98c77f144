/**
 * A participant that is back: each of its loops is told, page by page, and sends what the participant has missed. At least once, and
 * from the beginning if a page fails: a loop that is told twice looks twice.
 */
import { controlLoopRef } from '../../actors/addresses.ts'
import { participantField } from '../../actors/control-loop/entity.ts'
import type { LoopCommand } from '../../actors/control-loop/protocol.ts'
import {
  PARTICIPANT_RETURNS_TOPIC,
  type ParticipantReturn,
  participantReturn,
} from '../../actors/participant/returns.ts'
import { conceptOf, conceptText } from '../../participants/protocol/concept.ts'
import { backoffMs } from '../../runtime/backoff.ts'
import type { Queries, RuntimeClient } from '../../runtime/client.ts'
import { errorText } from '../../runtime/fault.ts'
import { startGroupReader } from '../../runtime/group-reader/group-reader.ts'
import type { Handled } from '../../runtime/group-reader/partition-work.ts'
import { pause } from '../../runtime/pause.ts'
import type { Clock, ListPosition, Log } from '../../runtime/ports.ts'
import { decodePublished } from '../../runtime/published.ts'
import { CONTROL_LOOP } from '../../actors/addresses.ts'
import { DEFAULT_RETURNS_CONFIG, type ReturnsConfig } from './config.ts'
import { told } from './told.ts'

export const PARTICIPANT_RETURNS_GROUP = 'participant-returns'

export interface ParticipantReturnsParts {
  /** The topic `participant-returns` must exist. */
  readonly log: Log
  readonly clock: Clock
  readonly client: Pick<RuntimeClient, 'tell'>
  readonly queries: Pick<Queries, 'list'>
  readonly config?: Partial<ReturnsConfig>
  readonly warn: (text: string, details: Readonly<Record<string, unknown>>) => void
}

export const startParticipantReturns = async (
  parts: ParticipantReturnsParts,
): Promise<{ readonly close: () => Promise<void> }> => {
  const { log, clock, client, queries, warn } = parts
  const config = { ...DEFAULT_RETURNS_CONFIG, ...parts.config }
  const stopping = new AbortController()
  const { signal } = stopping

  const tellLoops = async ({ participantId, arrival }: ParticipantReturn): Promise<Handled> => {
    const participant = conceptText(participantId)
    const message: LoopCommand = { type: 'participant-returned', participantId, arrival }
    for (let after: ListPosition | undefined; !signal.aborted;) {
      const rows = await queries.list({
        kind: CONTROL_LOOP,
        field: participantField(participant),
        limit: config.pageLoops,
        ...(after ? { after } : {}),
      })
      const tellings = rows.map(({ id }) => ({ to: controlLoopRef(conceptOf(id)), message }))
      const outcome = await told(tellings, `participant/${participant}`, {
        client,
        clock,
        retry: config.retry,
        stopping: signal,
        onRetry: (problem) => warn('loops of a participant that is back will be told again', { participant, problem }),
      })
      if (outcome === 'left') return 'left'
      const last = rows.at(-1)
      if (!last || rows.length < config.pageLoops) return 'done'
      after = { value: last.value, id: last.id }
    }
    return 'left'
  }

  const handle = async (value: Uint8Array): Promise<Handled> => {
    const parsed = participantReturn.safeParse(decodePublished(value).message)
    if (!parsed.success) {
      warn('a participant that is back can not be read', { problem: parsed.error.message })
      return 'done'
    }
    const participant = conceptText(parsed.data.participantId)
    for (let failures = 1; !signal.aborted; failures++)
      try {
        return await tellLoops(parsed.data)
      } catch (error) {
        if (failures === 1)
          warn('loops of a participant can not be looked up; again', { participant, error: errorText(error) })
        await pause(clock, backoffMs(failures, config.retry.firstMs, config.retry.longestMs), signal)
      }
    return 'left'
  }

  const reader = await startGroupReader({
    log,
    clock,
    topic: PARTICIPANT_RETURNS_TOPIC,
    group: PARTICIPANT_RETURNS_GROUP,
    trims: true,
    config,
    handle,
    warn,
  })
  return {
    close: () => {
      stopping.abort()
      return reader.close()
    },
  }
}
