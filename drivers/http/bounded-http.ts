/**
 * One HTTP server that is called again and again: connections are kept and their number is bounded, each call has a
 * time limit, and no answer is read beyond a size limit.
 */
import * as http from 'node:http'
import * as https from 'node:https'
import { errorText, RuntimeFault } from '../../runtime/fault.ts'
import type { Clock } from '../../runtime/ports.ts'

export interface BoundedHttpLimits {
  /** Connections at the same time; further calls wait for one (within their time limit). */
  readonly connectionsMax: number
  /** Connections kept open when nothing is called. */
  readonly idleConnectionsMax: number
  /** A longer answer is cut off, and the call fails. */
  readonly answerBytesMax: number
}

export interface HttpCall {
  readonly method: 'GET' | 'POST'
  /** Behind the server's URL, beginning with a slash. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** From the call to the end of the answer, waiting for a connection included. */
  readonly timeoutMs: number
}

export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

export class BoundedHttp {
  readonly url: string
  readonly #clock: Clock
  readonly #limits: BoundedHttpLimits
  readonly #agent: http.Agent
  readonly #underWay = new Set<http.ClientRequest>()
  #isClosed = false

  /** @param url `http:` or `https:`, without a slash at the end */
  constructor(url: string, clock: Clock, limits: BoundedHttpLimits) {
    this.url = url
    this.#clock = clock
    this.#limits = limits
    const { Agent } = url.startsWith('https:') ? https : http
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: limits.connectionsMax,
      maxFreeSockets: limits.idleConnectionsMax,
    })
  }

  /**
   * Any status is an answer.
   * @throws {RuntimeFault} `unavailable` (no connection, or it broke: whether the call was received is unknown),
   * `deadline-exceeded`, `limit-exceeded` (answer too long) or `closed`
   */
  call(call: HttpCall): Promise<HttpAnswer> {
    const address = `${call.method} ${this.url}${call.path}`
    if (this.#isClosed)
      return Promise.reject(new RuntimeFault('closed', `${address} isn't called any more`, { address }))
    return new Promise((resolve, reject) => {
      const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body))
      const { request } = this.url.startsWith('https:') ? https : http
      const sent = request(`${this.url}${call.path}`, {
        agent: this.#agent,
        method: call.method,
        headers: {
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json', 'content-length': body.length }),
          ...call.headers,
        },
      })
      this.#underWay.add(sent)
      const cancelTimeout = this.#clock.schedule(call.timeoutMs, () =>
        end(new RuntimeFault('deadline-exceeded', `${address}: no answer within ${call.timeoutMs} ms`, { address })),
      )
      /** The first end counts. */
      const end = (outcome: HttpAnswer | RuntimeFault): void => {
        cancelTimeout()
        this.#underWay.delete(sent)
        if (outcome instanceof RuntimeFault) {
          reject(outcome)
          sent.destroy()
        } else resolve(outcome)
      }
      const broken = (cause: unknown): void => {
        const code = this.#isClosed ? 'closed' : 'unavailable'
        end(new RuntimeFault(code, `${address}: ${connectionProblem(cause)}`, { address, cause }))
      }
      sent.on('error', broken)
      sent.on('response', (response) => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('error', broken)
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes <= this.#limits.answerBytesMax) chunks.push(chunk)
          else
            end(
              new RuntimeFault(
                'limit-exceeded',
                `${address}: the answer (status ${response.statusCode}) has more than ${this.#limits.answerBytesMax} bytes`,
                { address },
              ),
            )
        })
        response.on('end', () =>
          end({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        )
      })
      sent.end(body)
    })
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#isClosed = true
    for (const sent of this.#underWay) sent.destroy(new Error('closed'))
    this.#agent.destroy()
  }
}

const connectionProblem = (cause: unknown): string => {
  // Several addresses of one name were tried: each of them has its own error.
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(errorText).join('; ')
  return errorText(cause)
}
