/**
 * An external driver behind the resource driver API (HTTP). A call that it answers with 202 is under way: the outcome
 * comes as an event on a topic (`completion-events.ts`), under a request id that the driver chooses, and the entity
 * `driver-request` brings the two together. `execute` resolves only when that entity has durably been told; if this
 * process ends before, the request is called again with the same id of ours, which the driver must know.
 */
import type { RuntimeClient } from '../../runtime/client.ts'
import { RuntimeFault } from '../../runtime/fault.ts'
import type { Clock } from '../../runtime/ports.ts'
import { SIMULATOR_TYPE } from '../choice.ts'
import {
  type AcceptedMessage,
  type Driver,
  DRIVER_REQUEST,
  DriverRefusal,
  type DriverReport,
  type DriverRequest,
  type ResolvedLocation,
} from '../protocol.ts'
import { resourceReports } from '../report-sink.ts'
import { BoundedHttp, type BoundedHttpLimits, type HttpAnswer } from './bounded-http.ts'
import { errorMessage, readFound, readTakenOn } from './driver-answers.ts'
import { type DriverHealth, driverHealth } from './driver-health.ts'
import { executeBody, findBody } from './lifecycle-body.ts'

export interface HttpDriverLimits extends BoundedHttpLimits {
  /** A call without an answer after this long counts as a temporary error. Shorter than the worker's own limit. */
  readonly callTimeoutMs: number
  /** How long a question for its health may take. */
  readonly healthTimeoutMs: number
  /** An answer about its health is good for this long. */
  readonly healthTtlMs: number
}

export const DEFAULT_HTTP_DRIVER_LIMITS: HttpDriverLimits = {
  connectionsMax: 64,
  idleConnectionsMax: 16,
  answerBytesMax: 1_048_576,
  callTimeoutMs: 25_000,
  healthTimeoutMs: 2_000,
  healthTtlMs: 10_000,
}

export interface HttpDriverParts {
  readonly type: string
  /** `http:` or `https:`, without a slash at the end; `/api/driver/…` follows it. */
  readonly url: string
  readonly client: Pick<RuntimeClient, 'tell'>
  readonly clock: Clock
  readonly limits?: Partial<HttpDriverLimits>
  /** Sent as header `tenantId`. */
  readonly tenantId?: string | undefined
  /** Says what drivers in the field know from their files (see `executeBody`). Default: only to our own simulator. */
  readonly typeHints?: boolean
}

export interface HttpDriver extends Driver {
  readonly url: string
  /** As it was when last asked; asks again in the background when that is too long ago. */
  health(): DriverHealth
}

const FIND_REFERENCE = 'FindReference'
const HEADER_VALUE = /^[\x21-\x7e]{1,200}$/

/**
 * `execute` throws `DriverRefusal` where the driver says 400 (with the driver's own message), or with any other status
 * that a repetition won't change; and a `RuntimeFault` for what may work later (429, 5xx, no connection, no answer in
 * time, an answer that can't be understood).
 */
export const httpDriver = (parts: HttpDriverParts): HttpDriver => {
  const { type, url, client, clock, tenantId, typeHints = type === SIMULATOR_TYPE } = parts
  const limits = { ...DEFAULT_HTTP_DRIVER_LIMITS, ...parts.limits }
  const server = new BoundedHttp(url, clock, limits)
  const report = resourceReports(client, type)
  const address = `driver/${type}`

  const post = async (path: string, body: unknown, deadlineMs: number, trace = ''): Promise<string> => {
    const answer = await server.call({
      method: 'POST',
      path: `/api/driver${path}`,
      headers: {
        ...(tenantId !== undefined && { tenantId }),
        ...(HEADER_VALUE.test(trace) && { 'x-tracectx-transactionid': trace, 'x-tracectx-processid': trace }),
      },
      body,
      timeoutMs: Math.max(1, Math.min(limits.callTimeoutMs, deadlineMs - clock.now())),
    })
    if (answer.status >= 200 && answer.status < 300) return answer.text
    throw failureOf(type, `${url}/api/driver${path}`, answer)
  }

  const notUnderstood = (what: string, problem: string): RuntimeFault =>
    new RuntimeFault('unreadable', `${address} at ${url}: its answer to ${what} isn't understood: ${problem}`, {
      address,
    })

  const start = async (request: DriverRequest, location: ResolvedLocation, trace?: string): Promise<void> => {
    const { requestId, resourceId, deadlineMs } = request
    const text = await post('/lifecycle/execute', executeBody(request, location, typeHints), deadlineMs, trace)
    const taken = readTakenOn(text)
    // Taken on, but whose its event will be can't be known: asked again, the driver may say so.
    if (!taken.value) throw notUnderstood(request.transition, taken.problem)
    const { associatedTopology } = taken.value
    const message: AcceptedMessage = { type: 'accepted', requestId, resourceId, deadlineMs, associatedTopology }
    await client.tell(
      { kind: DRIVER_REQUEST, id: taken.value.requestId },
      message,
      trace === undefined ? { sender: address } : { sender: address, trace },
    )
  }

  /** This one is answered at once. */
  const find = async (request: DriverRequest, location: ResolvedLocation, trace?: string): Promise<void> => {
    const { requestId, resourceId, deadlineMs, resourceName } = request
    const body = findBody(request, location)
    const { value, problem } = readFound(await post('/references/find', body, deadlineMs, trace))
    if (!value) throw notUnderstood(FIND_REFERENCE, problem)
    const absent = `${resourceName}: the driver finds no '${body.instanceName}' in '${location.name}'`
    const outcome: DriverReport = value.found
      ? { ...value.found, requestId, resourceId }
      : {
          requestId,
          resourceId,
          status: 'FAILED',
          outputs: {},
          failure: { code: 'RESOURCE_NOT_FOUND', description: absent },
          associatedTopology: {},
        }
    await report(outcome, trace)
  }

  return {
    type,
    url,
    execute: (request, location, trace) =>
      (request.transition === FIND_REFERENCE ? find : start)(request, location, trace),
    health: driverHealth(server, clock, limits),
    close: async () => server.close(),
  }
}

/** Statuses that say "not now". */
const TEMPORARY: ReadonlySet<number> = new Set([408, 425, 429])

const failureOf = (type: string, called: string, { status, text }: HttpAnswer): Error => {
  const message = errorMessage(text)
  if (status === 400) return new DriverRefusal('INTERNAL_ERROR', message)
  const said = `driver ${type} answered ${status} to POST ${called}: ${message}`
  return status >= 500 || TEMPORARY.has(status)
    ? new RuntimeFault('unavailable', said, { address: `driver/${type}` })
    : // A wrong URL, a missing right, a redirect: for people to mend, so they must see it at once.
      new DriverRefusal('INTERNAL_ERROR', said)
}
