/** `/onap/controlloop/v2/instanceProperties`: a loop from a service template with the properties of one instance. */
import { randomUUID } from 'node:crypto'
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { CONTROL_LOOP, controlLoopRef } from '../../../actors/addresses.ts'
import type { LoopCommand, LoopReply } from '../../../actors/control-loop/protocol.ts'
import type { Finding } from '../../../actors/model/descriptor.ts'
import { formatPath, parsePath } from '../../../actors/model/json-path.ts'
import { jsonOf, textAt } from '../../../actors/model/tosca/json-values.ts'
import { readToscaText } from '../../../actors/model/tosca/tosca-text.ts'
import type { YamlDocument } from '../../../actors/model/yaml-document.ts'
import { concept, type Concept, conceptText } from '../../../participants/protocol/concept.ts'
import type { Asking } from '../../asking.ts'
import type { GatewayParts } from '../../parts.ts'
import { Problem } from '../../problem.ts'
import type { App } from '../../routes.ts'
import { scan } from '../../scan.ts'
import type { Commissioned } from '../commissioned.ts'
import { problemOfTemplate } from '../findings.ts'
import {
  instanceNames,
  instanceOf,
  instanceSuffix,
  instanceTemplate,
  loopTypeFor,
  nodeFindings,
  placeInTemplate,
  refuseLongNames,
  shortName,
  type InstanceTemplate,
} from '../instance-properties.ts'
import type { CheckWishes, LoopSource } from '../loop-wishes.ts'
import type { StoredLoops } from '../stored-loops.ts'
import { formatOf, refuseNotFinite, templateBody } from './body.ts'
import { requestIdOf } from './edge.ts'
import { INSTANCE_PROPERTIES_EXAMPLE, INSTANCE_PROPERTIES_JSON_EXAMPLE, SAVED_EXAMPLE } from './examples.ts'
import { acceptedByOnap, BASE, nameQuery, ok, requestHeaders } from './responses.ts'
import { warnings } from './shapes.ts'

const tags = ['Control loops: instantiation']
const path = `${BASE}/instanceProperties`

/** Somebody else may take a number at the same time. */
const NUMBERS_TRIED = 20
const INSTANCES_MAX = 20_000
/** Later ones are left out: nobody reads them. */
const FINDINGS_MAX = 100

const instancePropertiesResponse = z
  .object({
    affectedInstanceProperties: z
      .array(concept)
      .meta({ description: 'the elements’ node templates, named as the original names them' }),
    affectedControlLoops: z.array(concept).meta({ description: 'the control loop; not in the original' }),
    warnings,
  })
  .meta({ id: 'InstancePropertiesResponse' })

const saveRoute = (bytesMax: number) =>
  createRoute({
    method: 'post',
    path,
    operationId: 'saveInstanceProperties',
    tags,
    summary: 'A new control loop, numbered, from a service template with the properties of its elements',
    middleware: templateBody(bytesMax),
    request: {
      headers: requestHeaders,
      body: {
        required: true,
        content: {
          'application/yaml': { schema: z.string(), example: INSTANCE_PROPERTIES_EXAMPLE },
          'application/json': { schema: z.looseObject({}), example: INSTANCE_PROPERTIES_JSON_EXAMPLE },
        },
      },
    },
    responses: ok(
      'The control loop is there, UNINITIALISED',
      instancePropertiesResponse.meta({ example: SAVED_EXAMPLE }),
    ),
  })
const deleteRoute = createRoute({
  method: 'delete',
  path,
  operationId: 'deleteInstanceProperties',
  tags,
  summary: 'Delete a control loop that was made from instance properties',
  request: { headers: requestHeaders, query: nameQuery },
  responses: ok('It is gone', instancePropertiesResponse),
})

/** @throws {Problem} 400 with all of them and their places */
const refuseFindings = (findings: readonly Finding[], document: YamlDocument): never => {
  const placed = findings
    .slice(0, FINDINGS_MAX)
    .map((finding) => ({ ...finding, ...document.place(parsePath(finding.path)) }))
  throw problemOfTemplate('the service template', placed)
}

const findingOf = ({ path: at, message }: z.core.$ZodIssue): Finding => ({
  severity: 'error',
  code: 'invalid-body',
  message,
  path: formatPath(at.map((step) => (typeof step === 'number' ? step : String(step)))),
})

export const mountInstanceProperties = (
  app: App,
  parts: GatewayParts,
  asks: Asking,
  commissioned: Commissioned,
  check: CheckWishes,
  stored: StoredLoops,
): void => {
  const { config, queries } = parts

  const highestNumber = async (definition: Concept): Promise<number> => {
    const query = { kind: CONTROL_LOOP, field: 'name', prefix: `${shortName(definition)}_Instance` }
    const { items } = await scan(queries, asks, query, INSTANCES_MAX, (rows) =>
      rows.map(({ fields }) => Number(/_Instance(\d{1,9})$/.exec(fields['name'] ?? '')?.[1] ?? 0)),
    )
    return Math.max(0, ...items)
  }

  const create = async (wanted: InstanceTemplate, document: YamlDocument, requestId: string) => {
    const templates = await commissioned.templates({})
    const types = templates.flatMap((one) => [...one.types.values()])
    const type = loopTypeFor(wanted, types)
    const own = templates.find((one) => one.types.get(conceptText(type.definition)) === type)
    const wrong = own ? nodeFindings(wanted, own.template) : []
    if (wrong.length > 0) refuseFindings(wrong, document)
    const first = (await highestNumber(type.definition)) + 1
    for (let number = first; number < first + NUMBERS_TRIED; number++) {
      const made = instanceOf(wanted, type, number, randomUUID)
      refuseLongNames([made, ...instanceNames(type.elements, instanceSuffix(number))])
      const source: LoopSource = {
        placed: placeInTemplate(made),
        locate: (at) => document.place(at),
        textAt: (at) => textAt(document.root, at),
      }
      const { wishes, warnings } = await check([made], source)
      const [wish] = wishes
      if (!wish) break
      const command: LoopCommand = { type: 'create', spec: wish.spec }
      const reply = await asks.ask<LoopReply>(controlLoopRef(wish.id), command, requestId)
      const isTaken = !reply.ok && /-exists$|-in-progress$/.test(reply.rejection.code)
      if (isTaken) continue
      acceptedByOnap(reply)
      return { id: wish.id, elements: wish.spec.elements, number, warnings }
    }
    throw new Problem({
      status: 409,
      code: 'too-many-at-once',
      message: `${NUMBERS_TRIED} numbers from ${first} on were taken by others meanwhile: send it again`,
    })
  }

  app.openapi(saveRoute(config.projectBytesMax), async (c) => {
    const { document, findings } = readToscaText(await c.req.text(), undefined, formatOf(c))
    if (!document) throw problemOfTemplate('the service template', findings)
    refuseNotFinite(document)
    const parsed = instanceTemplate.safeParse(jsonOf(document.root))
    if (!parsed.success) return refuseFindings(parsed.error.issues.map(findingOf), document)
    const { id, elements, number, warnings } = await create(parsed.data, document, requestIdOf(c))
    const affectedInstanceProperties = instanceNames(elements, instanceSuffix(number))
    const told = warnings.length > 0 ? { warnings: [...warnings] } : {}
    return c.json({ affectedInstanceProperties, affectedControlLoops: [id], ...told }, 200)
  })
  app.openapi(deleteRoute, async (c) => {
    const id = c.req.valid('query')
    const { spec } = await stored.one(id)
    const command: LoopCommand = { type: 'delete' }
    acceptedByOnap(await asks.ask<LoopReply>(controlLoopRef(id), command, requestIdOf(c)))
    const suffix = /_Instance\d+$/.exec(id.name)?.[0] ?? ''
    const affectedInstanceProperties = instanceNames(spec?.elements ?? [], suffix)
    return c.json({ affectedInstanceProperties, affectedControlLoops: [id] }, 200)
  })
}
