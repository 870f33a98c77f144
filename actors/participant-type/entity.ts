/** How a type of participant is run. */
import { conceptText } from '../../participants/protocol/concept.ts'
import { defineEntity } from '../../runtime/entity.ts'
import { PARTICIPANT_TYPE } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { decide, evolve, initial, react } from './machine.ts'
import { command, event, state } from './protocol.ts'

export const participantTypeEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: PARTICIPANT_TYPE,
    version: 1,
    command,
    event,
    state,
    initial,
    decide,
    evolve,
    react,
    fields: ({ id, templates, participants }) => ({
      id: conceptText(id),
      ...id,
      templates: String(Object.keys(templates).length),
      participants: String(Object.keys(participants).length),
    }),
    limits: { snapshotEveryEvents: config.snapshotEveryEvents, historyEventsMax: config.historyEventsMax },
  })
