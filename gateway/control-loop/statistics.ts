/** Statistics of participants and elements, read from the histories of their entities. */
import { CONTROL_LOOP, elementStatisticsRef, PARTICIPANT, participantRef } from '../../actors/addresses.ts'
import { participantField } from '../../actors/control-loop/entity.ts'
import type { ElementStatisticsEvent } from '../../actors/element-statistics/protocol.ts'
import type { ParticipantEvent } from '../../actors/participant/protocol.ts'
import { type Concept, conceptOf, conceptText, isSameConcept } from '../../participants/protocol/concept.ts'
import type { HistoryEvent, Queries } from '../../runtime/client.ts'
import type { EntityRef } from '../../runtime/entity.ts'
import type { Asking } from '../asking.ts'
import { scan } from '../scan.ts'
import { inParallel } from './in-parallel.ts'
import {
  type ElementStatisticsView,
  type ParticipantStatisticsView,
  type Period,
  viewElementStatistics,
  viewParticipantStatistics,
} from './statistics-view.ts'

const PAGE = 256
/** Events of one entity that are looked through; its history itself has hardly more. */
const EVENTS_MAX = 2_048
/** Records of one answer; the newest of each entity come first. */
const RECORDS_MAX = 20_000
const PARTICIPANTS_MAX = 500
const LOOPS_MAX = 500
const READS_AT_A_TIME = 8

/** `enough`: records of one entity that are wanted. */
type Wanted = Period & { readonly enough: number }

export interface Statistics {
  readonly ofParticipants: (ids: readonly Concept[], wanted: Wanted) => Promise<readonly ParticipantStatisticsView[]>
  readonly participants: (name: string | undefined, version: string | undefined) => Promise<readonly Concept[]>
  readonly ofElements: (loops: readonly Concept[], wanted: Wanted) => Promise<readonly ElementStatisticsView[]>
  readonly loopsOf: (participant: Concept) => Promise<readonly Concept[]>
}

export const statisticsIn = (queries: Queries, asks: Asking): Statistics => {
  const records = async <Row>(ref: EntityRef, enough: number, rowsOf: (event: HistoryEvent) => readonly Row[]) => {
    const rows: Row[] = []
    let before: number | undefined
    for (let seen = 0; seen < EVENTS_MAX && rows.length < enough; seen += PAGE) {
      const events = await asks.read(queries.history(ref, { limit: PAGE, ...(before === undefined ? {} : { before }) }))
      for (const event of events) rows.push(...rowsOf(event))
      before = events.at(-1)?.version
      if (events.length < PAGE) break
    }
    return rows
  }
  const ofEach = async <Row>(ids: readonly Concept[], recordsOf: (id: Concept) => Promise<readonly Row[]>) => {
    const rows = await inParallel(ids, READS_AT_A_TIME, recordsOf)
    return rows.flat().slice(0, RECORDS_MAX)
  }
  return {
    ofParticipants: (ids, { enough, ...period }) =>
      ofEach(ids, (id) =>
        records(participantRef(id), enough, ({ event }) => {
          const row = viewParticipantStatistics(id, event as ParticipantEvent, period)
          return row ? [row] : []
        }),
      ),
    participants: async (name, version) => {
      const by = name === undefined ? { field: 'id' } : { field: 'name', equals: name }
      const { items } = await scan(queries, asks, { kind: PARTICIPANT, ...by }, PARTICIPANTS_MAX, (rows) =>
        rows.map(({ id, fields }) =>
          version === undefined || fields['version'] === version ? conceptOf(id) : undefined,
        ),
      )
      return items
    },
    ofElements: (loops, { enough, ...period }) =>
      ofEach(loops, (loop) =>
        records(elementStatisticsRef(loop), enough, ({ event }) =>
          viewElementStatistics(event as ElementStatisticsEvent, period),
        ),
      ),
    loopsOf: async (participant) => {
      const field = participantField(conceptText(participant))
      const { items } = await scan(queries, asks, { kind: CONTROL_LOOP, field }, LOOPS_MAX, (rows) =>
        rows.map(({ id }) => conceptOf(id)),
      )
      return items
    },
  }
}

export const ofParticipant = (rows: readonly ElementStatisticsView[], participant: Concept): ElementStatisticsView[] =>
  rows.filter(({ participantId }) => isSameConcept(participantId, participant))
