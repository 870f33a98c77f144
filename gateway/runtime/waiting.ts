/** What an entity waits for, and one level further: a process for its resources, a resource for its driver request. */
import type { EntityRef, Waiting } from '../../runtime/entity.ts'
import { refText } from '../../runtime/entity.ts'
import type { Queries } from '../../runtime/client.ts'
import type { Asking } from '../asking.ts'
import { notFound } from '../problem.ts'
import { viewWaiting } from './entity-view.ts'

/** Entities looked up for one answer. */
const LOOKUPS_MAX = 64

/** `kind/id` as an address, if such a kind runs here. Task and request ids aren't addresses. */
const refOf = (text: string, kinds: Queries['kinds']): EntityRef | undefined => {
  const slash = text.indexOf('/')
  const kind = text.slice(0, Math.max(slash, 0))
  return kinds.has(kind) ? { kind, id: text.slice(slash + 1) } : undefined
}

export const waitingOf = async (ref: EntityRef, queries: Queries, { read }: Asking) => {
  const waiting = await read(queries.waiting(ref))
  if (!waiting) throw notFound(`there is no ${refText(ref)}`)
  const others = new Map<string, EntityRef>()
  for (const { on } of waiting) {
    const other = on === undefined ? undefined : refOf(on, queries.kinds)
    if (on !== undefined && other && others.size < LOOKUPS_MAX) others.set(on, other)
  }
  const below = await read(
    Promise.all([...others].map(async ([on, other]) => [on, await queries.waiting(other)] as const)),
  )
  const known = below.filter((entry): entry is [string, readonly Waiting[]] => entry[1] !== undefined)
  return viewWaiting(ref, waiting, new Map(known))
}
