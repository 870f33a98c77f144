/** `/api/runtime/protocol`: the version in which the system writes; how an operator raises and lowers it. */
import { createRoute } from '@hono/zod-openapi'
import { type Asking, problemOfFault } from '../asking.ts'
import { jsonBody } from '../body.ts'
import type { GatewayParts, ProtocolPort } from '../parts.ts'
import { Problem } from '../problem.ts'
import { answers, problemErrors, type App } from '../routes.ts'
import { registered } from '../services/registered.ts'
import {
  leftoversView,
  liveNodes,
  newProtocol,
  notReading,
  type ProtocolView,
  protocolView,
  readersText,
  type Spoken,
  viewLeftovers,
  viewProtocol,
} from './protocol-view.ts'

const base = { tags: ['Protocol'] }

const getRoute = createRoute({
  ...base,
  method: 'get',
  path: '/api/runtime/protocol',
  operationId: 'getProtocol',
  summary: 'The version in which the system writes, who reads which, and whether it can be raised',
  responses: answers('The protocol', protocolView),
})
const putRoute = (bodyBytesMax: number) =>
  createRoute({
    ...base,
    method: 'put',
    path: '/api/runtime/protocol',
    operationId: 'changeProtocol',
    summary: 'Let all nodes write in another version: up when all of them read it, or down again',
    description:
      'Nodes follow within seconds. What has been written in a newer version stays until it is handled: before older nodes ' +
      'are alone again, ask for what is left of it.',
    middleware: jsonBody(bodyBytesMax),
    request: { body: { required: true, content: { 'application/json': { schema: newProtocol } } } },
    responses: {
      200: { description: 'As it is now', content: { 'application/json': { schema: protocolView } } },
      ...problemErrors,
    },
  })
const leftoversRoute = createRoute({
  ...base,
  method: 'get',
  path: '/api/runtime/protocol/leftovers',
  operationId: 'getProtocolLeftovers',
  summary: 'What is left of newer versions than the system writes, before older nodes serve alone',
  description:
    'Waits until every node has had the time to notice a change, then asks each shard whether it has handled what came ' +
    'before the question: takes seconds. A node that was cut off for all of that time may still send something newer; ' +
    'older nodes leave that to newer ones, and wait for them.',
  responses: answers('What was found', leftoversView),
})

export const mountProtocol = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { nodes } = registered(parts.queries, asks)
  const port = (): ProtocolPort => {
    if (parts.protocol) return parts.protocol
    throw new Problem({ status: 501, code: 'not-supported', message: 'this gateway is not told the protocol' })
  }
  const look = async (): Promise<{ readonly spoken: Spoken; readonly live: ProtocolView['nodes'] }> => {
    const { system, oldest, newest } = await asks.read(port().status())
    return { spoken: { system, oldest, newest }, live: liveNodes(await nodes()) }
  }

  app.openapi(getRoute, async (c) => {
    const { spoken, live } = await look()
    return c.json(viewProtocol(spoken, live), 200)
  })

  app.openapi(putRoute(parts.config.bodyBytesMax), async (c) => {
    const { version, expected, force = false } = c.req.valid('json')
    const { spoken, live } = await look()
    refuseUnspoken(version, spoken, live)
    if (expected !== undefined && expected !== spoken.system) throw changedMeanwhile(expected, spoken.system)
    const others = notReading(live, version)
    if (others.length > 0 && !force && version !== spoken.system) throw notRead(version, others)
    if (!(await asks.read(port().change(spoken.system, version))))
      throw changedMeanwhile(spoken.system, (await asks.read(port().status())).system)
    return c.json(viewProtocol({ ...spoken, system: version }, live), 200)
  })

  app.openapi(leftoversRoute, async (c) => {
    // No deadline of a read: it bounds itself.
    const found = await port()
      .leftovers()
      .catch((error: unknown) => {
        throw problemOfFault(error)
      })
    return c.json(viewLeftovers(found), 200)
  })
}

const refuseUnspoken = (version: number, { oldest, newest }: Spoken, live: ProtocolView['nodes']): void => {
  if (version >= oldest && version <= newest) return
  const others = live.filter(({ protocols }) => protocols.includes(version)).map(({ node }) => node)
  throw new Problem({
    status: 422,
    code: 'protocol-not-spoken',
    message:
      `the node that answers speaks protocol ${oldest} to ${newest}, not ${version}: ` +
      (others.length > 0 ? `ask one that does (${others.join(', ')})` : 'no node that runs does'),
    details: { oldest, newest, nodes: others },
  })
}

const notRead = (version: number, nodes: ProtocolView['nodes']): Problem =>
  new Problem({
    status: 409,
    code: 'protocol-not-read',
    message:
      `protocol ${version} is not read by ${readersText(nodes)}: replace or end them first ` +
      '(with "force": true it is done all the same, and they leave their shards to the others)',
    details: { nodes },
  })

const changedMeanwhile = (expected: number, system: number): Problem =>
  new Problem({
    status: 409,
    code: 'protocol-changed',
    message: `the system writes protocol ${system}, not ${expected}; nothing was changed`,
    details: { system },
  })
