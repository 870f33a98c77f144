/** `/api/topology/assemblies`: what exists. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { ASSEMBLY, assemblyRef } from '../../actors/addresses.ts'
import type { AssemblyState } from '../../actors/assembly/protocol.ts'
import type { ListRow } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import type { GatewayParts } from '../parts.ts'
import { badRequest, notFound } from '../problem.ts'
import { accepted } from '../refusals.ts'
import { lifecycleErrors, type App } from '../routes.ts'
import { scan } from '../scan.ts'
import { assemblyLookup } from './assemblies.ts'
import { assemblySummary, assemblyView, viewAssembly, viewSummary } from './topology-view.ts'

const LATEST = 20
const NAMED_MAX = 50

const found = z.object({ assemblies: z.array(assemblySummary), partial: z.boolean() }).meta({ id: 'FoundAssemblies' })

const listRoute = createRoute({
  method: 'get',
  path: '/api/topology/assemblies',
  operationId: 'listAssemblies',
  tags: ['Topology'],
  summary: `The ${LATEST} assemblies modified last; or those that a name finds`,
  description:
    'Without parameters: a list of summaries. With `name`: a list with the whole assembly of that name, or an empty ' +
    `list. With \`nameContains\`: up to ${NAMED_MAX} summaries, and whether there may be more.`,
  request: { query: z.object({ name: z.string().optional(), nameContains: z.string().optional() }) },
  responses: {
    200: {
      description: 'Assemblies',
      content: { 'application/json': { schema: z.union([z.array(assemblySummary), z.array(assemblyView), found]) } },
    },
    ...lifecycleErrors,
  },
})
const params = z.object({ id: z.string() })
const oneRoute = createRoute({
  method: 'get',
  path: '/api/topology/assemblies/{id}',
  operationId: 'getAssembly',
  tags: ['Topology'],
  summary: 'An assembly with everything below it',
  request: { params },
  responses: {
    200: { description: 'The assembly', content: { 'application/json': { schema: assemblyView } } },
    ...lifecycleErrors,
  },
})
const removeRoute = createRoute({
  method: 'delete',
  path: '/api/topology/assemblies/{id}',
  operationId: 'removeAssembly',
  tags: ['Topology'],
  summary: 'Take an assembly out of the topology, whatever the infrastructure holds: nothing is called',
  request: { params },
  responses: { 204: { description: 'It is gone' }, ...lifecycleErrors },
})

export const mountTopology = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries } = parts
  const lookup = assemblyLookup(parts, asks)
  const byId = async (id: string) => {
    const assembly = await lookup.byId(id)
    if (!assembly) throw notFound(`Cannot find assembly instance with id ${id}`)
    return assembly
  }
  /** The summaries of rows, in their order; nested assemblies and those that are gone have none. */
  const summaries = async (listed: readonly ListRow[]) => {
    const rows = listed.filter(({ fields }) => fields['root'] === 'true')
    const roots = await asks.read(queries.entities<AssemblyState>(rows.map(({ id }) => assemblyRef(id))))
    return roots.map((view) => (view?.state.presence === 'present' ? viewSummary(view.state) : undefined))
  }

  app.openapi(listRoute, async (c) => {
    const { name, nameContains } = c.req.valid('query')
    if (name !== undefined && nameContains !== undefined)
      throw badRequest('invalid-query', 'ask with `name` or with `nameContains`, not with both')
    if (name !== undefined) {
      const assembly = await lookup.byName(name)
      const view = assembly && viewAssembly(assembly.root, assembly.name)
      return c.json(view ? [view] : [], 200)
    }
    if (nameContains !== undefined) {
      const { items, partial } = await scan(queries, asks, { kind: ASSEMBLY, field: 'name' }, NAMED_MAX, (rows) =>
        summaries(rows.filter(({ id }) => id.includes(nameContains))),
      )
      return c.json({ assemblies: [...items], partial }, 200)
    }
    const latest = { kind: ASSEMBLY, field: 'lastModifiedAt', descending: true }
    const { items } = await scan(queries, asks, latest, LATEST, summaries)
    return c.json([...items], 200)
  })
  app.openapi(oneRoute, async (c) => {
    const { id } = c.req.valid('param')
    const { root, name } = await byId(id)
    const view = viewAssembly(root, name)
    if (!view) throw notFound(`Cannot find assembly instance with id ${id}`)
    return c.json(view, 200)
  })
  app.openapi(removeRoute, async (c) => {
    const { id } = c.req.valid('param')
    const { root, name } = await byId(id)
    if (name !== root.name)
      throw badRequest('not-a-root', `${name} is part of ${root.name}: only the whole can be removed`, {
        rootAssemblyId: root.id,
      })
    accepted(await asks.ask(assemblyRef(name), { type: 'remove-forcibly' }), 'rest')
    return c.body(null, 204)
  })
}
