/** Serves the simulator's REST interface over plain HTTP, without asking who calls: it is for tests. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorText } from '../../runtime/fault.ts'
import { settlesWithin } from '../../runtime/pause.ts'
import type { Clock } from '../../runtime/ports.ts'
import { problem, type SimulatorAnswer, simulatorRest, type SimulatorRestParts } from './rest.ts'

export interface SimulatorServerParts extends SimulatorRestParts {
  readonly clock: Clock
  readonly host?: string
  /** 0: any. */
  readonly port?: number
}

export interface SimulatorServer {
  readonly url: string
  close(): Promise<void>
}

const BODY_BYTES_MAX = 1_048_576
const REQUEST_TIMEOUT_MS = 30_000
const CLOSE_TIMEOUT_MS = 2_000
const REQUEST_ID = 'x-onap-requestid'

/** Resolves when it listens. */
export const startSimulatorServer = async (parts: SimulatorServerParts): Promise<SimulatorServer> => {
  const { clock, host = '127.0.0.1', port = 0 } = parts
  const rest = simulatorRest(parts)

  const answer = async (request: IncomingMessage): Promise<SimulatorAnswer> => {
    // Not as a URL: `//` is none, and a path that isn't served as any other.
    const [pathname = '/'] = (request.url ?? '/').split('?')
    const method = request.method ?? ''
    const body = await readJson(request)
    return body.problem ?? rest(method, pathname, body.value)
  }
  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown) => problem(500, errorText(error)))
      .then((found) => send(request, response, found))
      .catch(() => response.destroy())
  })
  server.requestTimeout = REQUEST_TIMEOUT_MS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    await settlesWithin(clock, CLOSE_TIMEOUT_MS, closed)
    server.closeAllConnections()
  }
  let closing: Promise<void> | undefined
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    close: () => (closing ??= close()),
  }
}

const send = (request: IncomingMessage, response: ServerResponse, { status, body }: SimulatorAnswer): void => {
  const text = Buffer.from(JSON.stringify(body))
  const requestId = request.headers[REQUEST_ID]
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': text.length,
      'X-MinorVersion': '0',
      'X-PatchVersion': '0',
      'X-LatestVersion': '1.0.0',
      ...(typeof requestId === 'string' && { 'X-ONAP-RequestID': requestId }),
    })
    .end(text)
}

const readJson = async (request: IncomingMessage): Promise<{ value?: unknown; problem?: SimulatorAnswer }> => {
  const chunks: Buffer[] = []
  let bytes = 0
  // What is too long is read to its end all the same, so that the answer can be seen.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk)
  }
  if (bytes > BODY_BYTES_MAX) return { problem: problem(413, `more than ${BODY_BYTES_MAX} bytes`) }
  try {
    return { value: bytes === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    return { problem: problem(400, 'the body is no JSON') }
  }
}
