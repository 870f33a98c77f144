/**
 * The simulated infrastructure as an external driver: the resource driver API over plain HTTP, its completion events on a
 * topic, and beside them what a test or an operator wants to see and to cause (`inspection.ts`).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorText, isFault } from '../../runtime/fault.ts'
import type { Clock, Log } from '../../runtime/ports.ts'
import { settlesWithin } from '../backoff.ts'
import { DriverRefusal } from '../protocol.ts'
import { type Chaos, NO_CHAOS } from './chaos.ts'
import { completionPublisher, DriverIds } from './completion-publisher.ts'
import { type Answer, driverCalls } from './driver-calls.ts'
import { SimulatedInfrastructure } from './infrastructure.ts'
import type { InfrastructureStore } from './infrastructure-store.ts'
import { inspection } from './inspection.ts'
import { ScriptsTable } from './scripts-table.ts'

export interface SimulatorServerParts {
  readonly log: Pick<Log, 'append' | 'ensureTopic'>
  readonly topic: string
  readonly clock: Clock
  readonly store: InfrastructureStore
  readonly host?: string
  /** 0: any. */
  readonly port?: number
  readonly askerTimeoutMs?: number
  readonly chaos?: Chaos
}

export interface SimulatorServer {
  readonly url: string
  /** Stops listening; what isn't answered is answered after the next start over the same store. */
  close(): Promise<void>
}

const BODY_BYTES_MAX = 16 * 1_048_576
/** Of the topic, if the simulator is the first to need it. */
const PARTITIONS = 8
const KEEP_ALIVE_MS = 30_000
const REQUEST_TIMEOUT_MS = 30_000
const CLOSE_TIMEOUT_MS = 5_000

/** Resolves when it listens; what its store holds unfinished is gone on with. */
export const startSimulatorServer = async (parts: SimulatorServerParts): Promise<SimulatorServer> => {
  const { log, topic, clock, store, host = '127.0.0.1', port = 0, askerTimeoutMs = 900_000, chaos = NO_CHAOS } = parts
  const partitions = await log.ensureTopic(topic, PARTITIONS)
  const ids = new DriverIds(chaos)
  const publisher = completionPublisher(log, clock, topic, partitions, ids, chaos)
  const infrastructure = new SimulatedInfrastructure({ clock, store, report: publisher.report })
  const scripts = new ScriptsTable()
  const calls = driverCalls({ infrastructure, scripts, ids, publisher, clock, chaos, askerTimeoutMs })
  const inspect = inspection(infrastructure, scripts)

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const url = new URL(request.url ?? '/', 'http://simulator')
    const asked = { method: request.method ?? '', path: url.pathname, query: url.searchParams }
    if (asked.method === 'GET') return (await calls(asked, undefined)) ?? inspect(asked, undefined) ?? NO_PAGE
    const body = await readJson(request)
    if (body.answer) return body.answer
    return (await calls(asked, body.value, headersOf(request))) ?? (await inspect(asked, body.value)) ?? NO_PAGE
  }

  const server = createServer((request, response) => {
    answer(request)
      .catch(failureAnswer)
      .then((found) => send(response, found))
      .catch(() => response.destroy())
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (error) {
    await infrastructure.close()
    throw error
  }
  const address = server.address() as AddressInfo
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    await settlesWithin(clock, CLOSE_TIMEOUT_MS, closed)
    server.closeAllConnections()
    await infrastructure.close()
  }
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    close: () => (closing ??= close()),
  }
}

const errorAnswer = (status: number, localizedMessage: string): Answer => ({
  status,
  body: { localizedMessage, status },
})
const NO_PAGE = errorAnswer(404, 'there is nothing at this path')

const failureAnswer = (error: unknown): Answer => {
  if (error instanceof DriverRefusal) return errorAnswer(400, error.message)
  return errorAnswer(isFault(error, 'overloaded', 'closed') ? 503 : 500, errorText(error))
}

const headersOf = ({ headers }: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )

const send = (response: ServerResponse, { status, body, headers }: Answer): void => {
  if (status === 0) {
    response.destroy()
    return
  }
  const text = Buffer.from(JSON.stringify(body))
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': text.length, ...headers })
    .end(text)
}

const readJson = async (request: IncomingMessage): Promise<{ value?: unknown; answer?: Answer }> => {
  const chunks: Buffer[] = []
  let bytes = 0
  // What is too long is read to its end (or the request's time limit) all the same, so that the answer can be seen.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk)
  }
  if (bytes > BODY_BYTES_MAX) return { answer: errorAnswer(413, `more than ${BODY_BYTES_MAX} bytes`) }
  try {
    return { value: bytes === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    return { answer: errorAnswer(400, 'the body is no JSON') }
  }
}
