/** What can be seen and caused of the simulated infrastructure from outside, beside the resource driver API. */
import { z } from 'zod'
import type { Answer, Asked } from './driver-calls.ts'
import type { SimulatedInfrastructure } from './infrastructure.ts'
import type { ScriptsTable } from './scripts-table.ts'

const PAGE_MAX = 1_000
const OBJECT = /^\/objects\/([^/]+)(\/vanish)?$/
const SCRIPT = /^\/scripts\/([^/]+)$/

const limit = z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_MAX)
const journalPage = z.object({ after: z.coerce.number().int().min(0).default(0), limit })
const objectPage = z.object({ after: z.string().default(''), limit })
const script = z.record(z.string(), z.unknown())

/** `undefined`: there is nothing at this path. @throws {DriverRefusal} for a script that isn't understood */
export const inspection =
  (infrastructure: SimulatedInfrastructure, scripts: ScriptsTable) =>
  ({ method, path, query }: Asked, body: unknown): Answer | Promise<Answer> | undefined => {
    const asked = `${method} ${path}`
    const given = Object.fromEntries(query)
    if (asked === 'GET /journal')
      return page(journalPage, given, ({ after, limit: most }) => {
        const entries = infrastructure.journal(after, most)
        return { entries, next: entries.at(-1)?.sequence ?? after }
      })
    if (asked === 'GET /objects')
      return page(objectPage, given, ({ after, limit: most }) => {
        const sorted = infrastructure.objects().toSorted((a, b) => (a.resourceId < b.resourceId ? -1 : 1))
        const objects = sorted.filter(({ resourceId }) => resourceId > after).slice(0, most)
        return { objects, next: objects.at(-1)?.resourceId ?? after }
      })
    if (asked === 'GET /counts') return ok(infrastructure.counts())
    if (asked === 'GET /scripts') return ok(scripts.all())

    const [, objectId, vanish] = OBJECT.exec(path) ?? []
    if (objectId !== undefined && vanish !== undefined && method === 'POST')
      return infrastructure.vanish(decodeURIComponent(objectId)).then((vanished) => ok({ vanished }))
    if (objectId !== undefined && vanish === undefined && method === 'GET') {
      const object = infrastructure.object(decodeURIComponent(objectId))
      return object && ok(object)
    }

    const [, scriptedId] = SCRIPT.exec(path) ?? []
    if (scriptedId !== undefined && method === 'PUT')
      return page(script, body, (properties) => ({ set: scripts.set(decodeURIComponent(scriptedId), properties) }))
    if (scriptedId !== undefined && method === 'DELETE')
      return ok({ removed: scripts.remove(decodeURIComponent(scriptedId)) })
    return undefined
  }

const ok = (body: unknown): Answer => ({ status: 200, body })

const page = <Value>(schema: z.ZodType<Value>, given: unknown, make: (value: Value) => unknown): Answer => {
  const parsed = schema.safeParse(given)
  if (parsed.success) return ok(make(parsed.data))
  return { status: 400, body: { localizedMessage: z.prettifyError(parsed.error), status: 400 } }
}
