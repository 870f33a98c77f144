/** How a descriptor of the catalogue is run. */
import { defineEntity } from '../../runtime/entity.ts'
import { DESCRIPTOR } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { isoTime } from '../live.ts'
import { decide, evolve, initial, react } from './machine.ts'
import { command, event, state } from './protocol.ts'

export const descriptorEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: DESCRIPTOR,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(config),
    evolve,
    react: react(config),
    fields: ({ name, present, kind, description, revision, createdAtMs, lastModifiedAtMs }) =>
      present
        ? {
            name,
            kind,
            description,
            revision: String(revision),
            createdAt: isoTime(createdAtMs),
            lastModifiedAt: isoTime(lastModifiedAtMs),
          }
        : null,
    // Each event holds a whole text: few of them, and a snapshot soon.
    limits: { snapshotEveryEvents: 8, historyEventsMax: 32 },
  })
