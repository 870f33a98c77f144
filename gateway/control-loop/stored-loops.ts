/** Control loops as they are stored. */
import { CONTROL_LOOP, controlLoopRef } from '../../actors/addresses.ts'
import type { LoopState } from '../../actors/control-loop/protocol.ts'
import { type Concept, conceptOf, conceptText } from '../../participants/protocol/concept.ts'
import type { Queries } from '../../runtime/client.ts'
import type { EntityFields } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import { nearestNames } from '../hints.ts'
import { notFound, type Problem } from '../problem.ts'
import { scan, type Scan } from '../scan.ts'

/** Names that are looked through for the one that was meant. */
const NAMES_MAX = 500

export interface StoredLoops {
  /** In the order of `ids`. */
  readonly byIds: (ids: readonly Concept[]) => Promise<readonly (LoopState | undefined)[]>
  /** What lists show of them, in the order of `ids`; far cheaper. */
  readonly fieldsOf: (ids: readonly Concept[]) => Promise<readonly (EntityFields | undefined)[]>
  /** Those that are named so, by name and version. */
  readonly byName: (
    filter: { readonly name?: string | undefined; readonly version?: string | undefined },
    most: number,
  ) => Promise<Scan<LoopState>>
  /** @throws {Problem} 404 */
  readonly one: (id: Concept) => Promise<LoopState>
  readonly missing: (id: Concept) => Promise<Problem>
}

export const storedLoops = (queries: Queries, asks: Asking): StoredLoops => {
  const byIds: StoredLoops['byIds'] = async (ids) => {
    const views = await asks.read(queries.entities<LoopState>(ids.map(controlLoopRef)))
    return views.map((view) => (view?.state.presence === 'present' ? view.state : undefined))
  }
  const missing = async (id: Concept): Promise<Problem> => {
    const names = await scan(queries, asks, { kind: CONTROL_LOOP, field: 'id' }, NAMES_MAX, (rows) =>
      rows.map((row) => row.id),
    )
    const nearest = nearestNames(conceptText(id), names.items)
    return notFound(`Control Loop not found: ${conceptText(id)}`, { ...id, nearest })
  }
  return {
    byIds,
    fieldsOf: async (ids) =>
      (await asks.read(queries.fields(ids.map(controlLoopRef)))).map((fields) => fields ?? undefined),
    byName: ({ name, version }, most) => {
      const by = name === undefined ? { field: 'id' } : { field: 'name', equals: name }
      return scan(queries, asks, { kind: CONTROL_LOOP, ...by }, most, (rows) =>
        byIds(
          rows
            .filter(({ fields }) => version === undefined || fields['version'] === version)
            .map(({ id }) => conceptOf(id)),
        ),
      )
    },
    one: async (id) => {
      const [state] = await byIds([id])
      if (state) return state
      throw await missing(id)
    },
    missing,
  }
}
