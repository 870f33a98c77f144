/** A client of the lifecycle API that goes on whatever becomes of its server: it repeats what wasn't answered. */

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Accepted {
  readonly key: string
  readonly processId: string
}

export interface Doubtful {
  readonly key: string
  readonly body: object
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export type Ordered = { readonly accepted: Accepted } | { readonly refused: string }

const ATTEMPT_MS = 5_000
/** In a cluster a shard may be without an owner for a session timeout, and that several times in a row. */
const PATIENCE_MS = 180_000
const PAUSE_MS = 40

const ENDED: readonly unknown[] = ['Completed', 'Failed', 'Cancelled']

export class OrderClient {
  readonly #name: string
  readonly #url: () => string | undefined
  #orders = 0
  /** Orders that were answered with 201. */
  readonly accepted: Accepted[] = []
  /** Requests that got no answer, or none that says anything. */
  unanswered = 0
  /**
   * Orders that were refused, after an attempt that wasn't answered: that one may have been held up on its way, come after the one that was
   * refused, and be accepted.
   */
  readonly doubtful: Doubtful[] = []

  constructor(name: string, url: () => string | undefined) {
    this.#name = name
    this.#url = url
  }

  /** Repeats until there is an answer that says something. */
  async request(method: Method, path: string, body?: unknown, key?: string): Promise<Answer> {
    const headers: Record<string, string> = {
      'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json',
    }
    // The second is how ONAP's API names a request.
    if (key !== undefined) Object.assign(headers, { 'idempotency-key': key, 'x-onap-requestid': key })
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const endMs = Date.now() + PATIENCE_MS
    while (Date.now() < endMs) {
      const url = this.#url()
      if (url !== undefined) {
        const answer = await this.#attempt(`${url}${path}`, {
          method,
          headers,
          ...(body === undefined ? {} : { body: text }),
        })
        if (answer) return answer
        this.unanswered++
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    throw new Error(`no answer to ${method} ${path} within ${PATIENCE_MS} ms`)
  }

  async #attempt(url: string, init: RequestInit): Promise<Answer | undefined> {
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ATTEMPT_MS) })
      const text = await response.text()
      // Too much at once, or the server can't tell: ask again.
      if (response.status === 429 || response.status >= 500) return undefined
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    } catch {
      return undefined
    }
  }

  /** Orders with a key of its own. Sometimes it asks again for what it has been answered, and must get the same. */
  async order(intent: string, body: object, asksAgain: boolean): Promise<Ordered> {
    const key = `${this.#name}-${++this.#orders}`
    const unanswered = this.unanswered
    const answer = await this.request('POST', `/api/intent/${intent}`, body, key)
    if (answer.status !== 201) {
      if (this.unanswered > unanswered) this.doubtful.push({ key, body })
      return { refused: codeOf(answer) }
    }
    const accepted: Accepted = { key, processId: (answer.body as { processId: string }).processId }
    this.accepted.push(accepted)
    if (asksAgain) {
      const again = await this.request('POST', `/api/intent/${intent}`, body, key)
      const { processId, repeated } = again.body as { processId?: string; repeated?: boolean }
      if (again.status !== 201 || processId !== accepted.processId || repeated !== true)
        throw new Error(`${intent} with the key ${key} again: ${again.status} ${JSON.stringify(again.body)}`)
    }
    return { accepted }
  }

  async ended(processId: string): Promise<string> {
    const endMs = Date.now() + PATIENCE_MS
    while (Date.now() < endMs) {
      const { status, body } = await this.request('GET', `/api/processes/${processId}?shallow=true`)
      if (status !== 200) throw new Error(`process ${processId}, which was accepted, isn't there: ${status}`)
      const now = (body as { status: string }).status
      if (ENDED.includes(now)) return now
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    throw new Error(`process ${processId} hasn't ended within ${PATIENCE_MS} ms`)
  }
}

const codeOf = ({ status, body }: Answer): string => {
  const code = (body as { details?: { code?: string } } | undefined)?.details?.code
  return code ?? `${status} ${JSON.stringify(body)}`
}
