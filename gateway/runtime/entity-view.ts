/** Entities as the runtime API shows them. */
import { z } from 'zod'
import type { EntityView, HistoryEvent } from '../../runtime/client.ts'
import { refText, type EntityRef, type Waiting } from '../../runtime/entity.ts'
import { jsonValue } from '../json-text.ts'
import { timeText } from '../routes.ts'

export const entityView = z
  .object({
    entity: z.string().meta({ description: '`<kind>/<id>`' }),
    kind: z.string(),
    id: z.string(),
    version: z.number().int(),
    state: z.unknown(),
    timers: z.array(z.object({ name: z.string(), due: z.string() })),
  })
  .meta({ id: 'Entity' })

export const viewEntity = (ref: EntityRef, view: EntityView<unknown>): z.infer<typeof entityView> => ({
  entity: refText(ref),
  kind: ref.kind,
  id: ref.id,
  version: view.version,
  state: jsonValue(view.state),
  timers: view.timers.map(({ name, dueMs }) => ({ name, due: timeText(dueMs) })),
})

export const historyView = z
  .object({
    entity: z.string(),
    events: z.array(
      z.object({
        version: z.number().int(),
        at: z.string(),
        event: z.unknown(),
        cause: z.object({
          sender: z.string().meta({ description: 'who said what led to it: `api`, `timer`, `<kind>/<id>`' }),
          messageId: z.string(),
          trace: z.string().meta({ description: 'the order that it belongs to' }),
        }),
      }),
    ),
    next: z.string().optional().meta({ description: 'where the older events are; absent: there are none' }),
  })
  .meta({ id: 'History' })

/** `path`: of this request, for the link to the older events. */
export const viewHistory = (
  ref: EntityRef,
  events: readonly HistoryEvent[],
  limit: number,
  path: string,
): z.infer<typeof historyView> => {
  const oldest = events.at(-1)
  return {
    entity: refText(ref),
    events: events.map(({ version, atMs, event, cause }) => ({
      version,
      at: timeText(atMs),
      event: jsonValue(event),
      cause,
    })),
    ...(oldest && events.length === limit && oldest.version > 1
      ? { next: `${path}?before=${oldest.version}&limit=${limit}` }
      : {}),
  }
}

const waitingItem = z.object({
  for: z.string(),
  kind: z.string(),
  on: z.string().optional().meta({ description: 'who could move it' }),
  since: z.string().optional(),
  next: z.object({ what: z.string(), at: z.string() }).optional().meta({ description: 'what happens by itself' }),
})

export const waitingView = z
  .object({
    entity: z.string(),
    waiting: z.array(
      waitingItem.extend({
        whichWaitsFor: z
          .array(waitingItem)
          .optional()
          .meta({ description: 'what the entity in `on` waits for itself' }),
      }),
    ),
  })
  .meta({ id: 'WaitingFor' })

const viewItem = ({ for: what, kind, on, sinceMs, next }: Waiting): z.infer<typeof waitingItem> => ({
  for: what,
  kind,
  ...(on === undefined ? {} : { on }),
  ...(sinceMs === undefined ? {} : { since: timeText(sinceMs) }),
  ...(next === undefined ? {} : { next: { what: next.what, at: timeText(next.atMs) } }),
})

/** `below`: what the entities that it waits for wait for, by `<kind>/<id>`. */
export const viewWaiting = (
  ref: EntityRef,
  waiting: readonly Waiting[],
  below: ReadonlyMap<string, readonly Waiting[]>,
): z.infer<typeof waitingView> => ({
  entity: refText(ref),
  waiting: waiting.map((item) => {
    const further = item.on === undefined ? undefined : below.get(item.on)
    return { ...viewItem(item), ...(further === undefined ? {} : { whichWaitsFor: further.map(viewItem) }) }
  }),
})
