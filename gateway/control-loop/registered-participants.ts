/** Participants that are registered, by their types and by their names. */
import { PARTICIPANT, participantRef, participantTypeRef } from '../../actors/addresses.ts'
import type { ParticipantTypeState } from '../../actors/participant-type/protocol.ts'
import type { ParticipantState } from '../../actors/participant/protocol.ts'
import { type Concept, conceptOf, conceptText } from '../../participants/protocol/concept.ts'
import type { Queries } from '../../runtime/client.ts'
import type { EntityFields } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import { freshRead } from './fresh-read.ts'
import type { RegisteredTypes } from './order-checks.ts'

export interface RegisteredParticipants {
  readonly ofType: (type: Concept) => Promise<readonly Concept[]>
  readonly byIds: (ids: readonly Concept[]) => Promise<ReadonlyMap<string, ParticipantState>>
  readonly typesOf: (ids: Iterable<string>) => Promise<RegisteredTypes>
  readonly areThereAny: () => Promise<boolean>
}

export const registeredParticipants = (queries: Queries, asks: Asking): RegisteredParticipants => {
  const ofType = freshRead(async (key: string): Promise<readonly Concept[]> => {
    const view = await asks.read(queries.entity<ParticipantTypeState>(participantTypeRef(conceptOf(key))))
    return Object.values(view?.state.participants ?? {})
  })
  const fieldsOf = freshRead(async (id: string): Promise<EntityFields | undefined> => {
    const [fields] = await asks.read(queries.fields([participantRef(conceptOf(id))]))
    return fields ?? undefined
  })
  return {
    typesOf: async (ids) => {
      const types = new Map<string, string>()
      const look = async (id: string): Promise<void> => {
        const fields = await fieldsOf(id)
        const type = fields?.['participantType']
        if (type !== undefined && fields?.['registration'] === 'Registered') types.set(id, type)
      }
      await Promise.all(Array.from(ids, look))
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
