/** How the statistics of a loop's elements are run. */
import { defineEntity } from '../../runtime/entity.ts'
import { ELEMENT_STATISTICS } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { decide, evolve, initial, react } from './machine.ts'
import { command, event, state } from './protocol.ts'

/** In no list: they are looked up by their loop, in whose shard they live because they have its id. */
export const elementStatisticsEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: ELEMENT_STATISTICS,
    version: 1,
    command,
    event,
    state,
    initial,
    decide,
    evolve,
    react,
    limits: {
      snapshotEveryEvents: config.snapshotEveryEvents,
      historyEventsMax: config.statisticsHistoryEventsMax,
    },
  })
