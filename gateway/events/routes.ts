/** `GET /api/events`: what happens, as it happens (server-sent events). */
import type { HttpBindings } from '@hono/node-server'
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { LIVE_PARTITIONS, LIVE_TOPIC } from '../../actors/live.ts'
import { CONTROL_LOOP, rootNameOf } from '../../actors/addresses.ts'
import { concept, conceptText } from '../../participants/protocol/concept.ts'
import { decodePublished, type Published } from '../../runtime/published.ts'
import type { LogRecord } from '../../runtime/ports.ts'
import { jsonText } from '../json-text.ts'
import type { GatewayParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { problemErrors, timeText, type App } from '../routes.ts'
import { problemOfFault } from '../asking.ts'
import { LiveTail } from './live.ts'
import { eventStream, type EventStream } from './stream.ts'

const position = z.coerce.number().int().min(-1)

const eventsRoute = createRoute({
  method: 'get',
  path: '/api/events',
  operationId: 'streamEvents',
  tags: ['Events'],
  summary: 'Live events (SSE), resumable by Last-Event-ID',
  description:
    'Each event has the position in the stream as its id; its data is `{position, at, sender, trace, message}`. ' +
    'An event named `gap` says that older events were asked for than are held. A client that reads too slowly is cut ' +
    'off and goes on with Last-Event-ID (browsers do so by themselves).',
  request: {
    query: z.object({
      assembly: z.string().optional().meta({ description: 'only what concerns this assembly, or what is part of it' }),
      controlLoop: z
        .string()
        .optional()
        .meta({ description: 'only what concerns this control loop: its name, or `<name>:<version>`' }),
      after: position.optional().meta({ description: 'as Last-Event-ID, which goes before it; -1: all that is held' }),
    }),
    headers: z.object({ 'last-event-id': position.optional() }),
  },
  responses: {
    200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
    ...problemErrors,
  },
})

/** One event as a client gets it. */
export const eventText = (offset: number, { atMs, sender, trace, message }: Published): string =>
  `id: ${offset}\ndata: ${jsonText({ position: offset, at: timeText(atMs), sender, trace, message })}\n\n`

/** The instances that an event names. */
const instancesOf = (message: unknown): readonly string[] => {
  if (typeof message !== 'object' || message === null) return []
  const { rootAssemblyName, assemblyName, resourceName } = message as Record<string, unknown>
  return [rootAssemblyName, assemblyName, resourceName].filter((name) => typeof name === 'string')
}

/** Whether an event concerns an assembly instance or something in it. Events are keyed by their root's name. */
export const concerns = (assembly: string, { key, message }: Published): boolean =>
  rootNameOf(assembly) === assembly
    ? key === assembly || instancesOf(message).includes(assembly)
    : instancesOf(message).some((name) => name === assembly || name.startsWith(`${assembly}__`))

const CONTROL_LOOP_INSTANCE = `${CONTROL_LOOP}/`

/** Whether an event concerns a control loop (by its name, or `name:version`), its elements or alarms about it. */
const concernsLoop = (loop: string, { message }: Published): boolean => {
  if (typeof message !== 'object' || message === null) return false
  const { controlLoop, objectInstance } = message as Record<string, unknown>
  const parsed = concept.safeParse(controlLoop)
  if (parsed.success) return parsed.data.name === loop || conceptText(parsed.data) === loop
  if (typeof objectInstance !== 'string' || !objectInstance.startsWith(CONTROL_LOOP_INSTANCE)) return false
  const id = objectInstance.slice(CONTROL_LOOP_INSTANCE.length)
  return id === loop || id.startsWith(`${loop}:`)
}

interface Narrowing {
  readonly assembly?: string | undefined
  readonly controlLoop?: string | undefined
}

/** With both, what concerns either of them. */
const isWanted = ({ assembly, controlLoop }: Narrowing, published: Published): boolean =>
  (assembly === undefined && controlLoop === undefined) ||
  (assembly !== undefined && concerns(assembly, published)) ||
  (controlLoop !== undefined && concernsLoop(controlLoop, published))

export interface EventStreams {
  /** Streams that are open. */
  count(): number
  /** Ends all of them; their clients come back to another node, or later. */
  close(): void
}

export const mountEvents = (app: App, parts: GatewayParts): EventStreams => {
  const { log, clock, config } = parts
  const report = parts.report ?? (() => undefined)
  const tail = new LiveTail(log, clock, report)
  const open = new Set<EventStream>()
  let closed = false

  const render = (record: LogRecord, narrowing: Narrowing): string | undefined => {
    let published: Published
    try {
      published = decodePublished(record.value)
    } catch (error) {
      report(`live event ${record.offset} can't be read; it is left out`, error)
      return undefined
    }
    if (!isWanted(narrowing, published)) return undefined
    return eventText(record.offset, published)
  }

  app.openapi(eventsRoute, async (c) => {
    const { assembly, controlLoop, after } = c.req.valid('query')
    const last = c.req.valid('header')['last-event-id'] ?? after
    if (closed || open.size >= config.eventClientsMax)
      throw new Problem({
        status: closed ? 503 : 429,
        code: closed ? 'closed' : 'too-many-event-streams',
        message: closed ? 'this node is stopping' : `${config.eventClientsMax} event streams are open already`,
        headers: { 'Retry-After': '5' },
      })
    try {
      await log.createTopic(LIVE_TOPIC, LIVE_PARTITIONS)
      await tail.start()
    } catch (thrown) {
      throw problemOfFault(thrown)
    }
    const outgoing = (c.env as Partial<HttpBindings> | undefined)?.outgoing
    const stream = eventStream({
      tail,
      clock,
      ...(last === undefined ? {} : { from: last + 1 }),
      render: (record) => render(record, { assembly, controlLoop }),
      bufferBytes: config.eventBufferBytes,
      heartbeatMs: config.eventHeartbeatMs,
      onEnd: () => open.delete(stream),
      ...(outgoing ? { disconnect: () => outgoing.destroy() } : {}),
    })
    open.add(stream)
    return new Response(stream.body, {
      headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
    })
  })

  return {
    count: () => open.size,
    close: () => {
      closed = true
      tail.close()
      for (const stream of [...open]) stream.end()
    },
  }
}
