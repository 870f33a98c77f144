/** How a participant is run. */
import { conceptText } from '../../participants/protocol/concept.ts'
import { defineEntity, type EntityFields } from '../../runtime/entity.ts'
import { PARTICIPANT } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { evolve, initial } from './evolution.ts'
import { decide } from './machine.ts'
import { command, event, type ParticipantState, state } from './protocol.ts'
import { react } from './reactions.ts'
import { waiting } from './waiting.ts'

export const participantEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: PARTICIPANT,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(config),
    evolve,
    react: react(config),
    fields,
    waiting: waiting(config),
    limits: {
      snapshotEveryEvents: config.snapshotEveryEvents,
      // Nearly all are reports of how it is.
      historyEventsMax: config.statisticsHistoryEventsMax,
    },
  })

/** Not when it was heard last: an index entry is written whenever one of these changes. */
const fields = ({
  id,
  participantType,
  state: is,
  healthStatus,
  registration,
}: ParticipantState): EntityFields | null =>
  participantType && {
    id: conceptText(id),
    ...id,
    participantType: conceptText(participantType),
    state: is,
    healthStatus,
    registration,
  }
