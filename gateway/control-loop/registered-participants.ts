/** Participants that are registered, by their types and by their names. */
import { PARTICIPANT, participantRef, participantTypeRef } from '../../actors/addresses.ts'
import type { ParticipantTypeState } from '../../actors/participant-type/protocol.ts'
import type { ParticipantState } from '../../actors/participant/protocol.ts'
import { type Concept, conceptOf, conceptText } from '../../participants/protocol/concept.ts'
import type { Queries } from '../../runtime/client.ts'
import type { Clock, EntityFields } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import { freshRead } from './fresh-read.ts'
import type { RegisteredTypes } from './order-checks.ts'
import { WeighedCache } from './weighed-cache.ts'

export interface RegisteredParticipants {
  readonly ofType: (type: Concept) => Promise<readonly Concept[]>
  readonly byIds: (ids: readonly Concept[]) => Promise<ReadonlyMap<string, ParticipantState>>
  readonly typesOf: (ids: Iterable<string>) => Promise<RegisteredTypes>
  /** As they were at most 100 ms ago. Good for many orders, whose participants are nearly always the same few. */
  readonly recentTypesOf: (ids: Iterable<string>) => Promise<RegisteredTypes>
  readonly areThereAny: () => Promise<boolean>
}

const RECENT_MS = 100
/** Participants; beyond it those used longest ago are asked for anew. */
const RECENT_MAX = 10_000

export const registeredParticipants = (queries: Queries, asks: Asking, clock: Clock): RegisteredParticipants => {
  const ofType = freshRead(async (key: string): Promise<readonly Concept[]> => {
    const view = await asks.read(queries.entity<ParticipantTypeState>(participantTypeRef(conceptOf(key))))
    return Object.values(view?.state.participants ?? {})
  })
  const fieldsOf = freshRead(async (id: string): Promise<EntityFields | undefined> => {
    const [fields] = await asks.read(queries.fields([participantRef(conceptOf(id))]))
    return fields ?? undefined
  })
  const recent = new WeighedCache<{ readonly type: string; readonly atMs: number }>(RECENT_MAX)
  const typesOf = async (ids: Iterable<string>): Promise<RegisteredTypes> => {
    const atMs = clock.now()
    const types = new Map<string, string>()
    const look = async (id: string): Promise<void> => {
      const fields = await fieldsOf(id)
      const type = fields?.['participantType']
      if (type === undefined || fields?.['registration'] !== 'Registered') return void recent.delete(id)
      types.set(id, type)
      recent.set(id, { type, atMs }, 1)
    }
    await Promise.all(Array.from(ids, look))
    return types
  }
  return {
    typesOf,
    recentTypesOf: async (ids) => {
      const nowMs = clock.now()
      const types = new Map<string, string>()
      const unsure: string[] = []
      for (const id of ids) {
        const known = recent.get(id)
        // A clock that was set back makes nothing recent.
        if (known && known.atMs <= nowMs && nowMs - known.atMs <= RECENT_MS) types.set(id, known.type)
        else unsure.push(id)
      }
      if (unsure.length > 0) for (const [id, type] of await typesOf(unsure)) types.set(id, type)
      return types
    },
    ofType: (type) => ofType(conceptText(type)),
    byIds: async (ids) => {
      const views = await asks.read(queries.entities<ParticipantState>(ids.map(participantRef)))
      return new Map(
        views.flatMap((view) =>
          view?.state.participantType ? [[conceptText(view.state.id), view.state] as const] : [],
        ),
      )
    },
    areThereAny: async () => {
      const query = { kind: PARTICIPANT, field: 'registration', equals: 'Registered', limit: 1 }
      return (await asks.read(queries.list(query))).length > 0
    },
  }
}
