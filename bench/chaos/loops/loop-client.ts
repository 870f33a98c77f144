/**
 * A client of control loops over HTTP. It repeats under the same id what wasn't answered; nobody else orders its loops, so a loop
 * that is where it was to be was brought there by a request of which it got no answer.
 */
import { type Concept, conceptText } from '../../../participants/protocol/concept.ts'
import type { OrderedState } from '../../../participants/protocol/states.ts'
import type { Answer, Method } from '../../../actors/testing/order-client.ts'
import type { PatientClient } from '../patient-client.ts'
import type { LoopWorld } from './loop-world.ts'

export interface LoopOrder {
  /** Under which it was sent, however often. */
  readonly key: string
  readonly orderedState: OrderedState
  /** When its first attempt was sent: `performance.now()`. */
  readonly sentMs: number
  /** Of its answer. */
  readonly acceptedMs: number
  /** The loop was seen there. */
  reachedMs?: number
}

/** A loop, as its client knows it. */
export interface LoopRecord {
  readonly id: Concept
  readonly orders: LoopOrder[]
  /** Its deletion was answered. */
  isDeleted: boolean
}

export interface ShownLoop {
  readonly state: string
  readonly orderedState: string
  readonly alarm?: { readonly problem: string }
}

interface History {
  readonly events: readonly { readonly event: { readonly type: string }; readonly cause: { readonly trace: string } }[]
}

const ONAP = '/onap/controlloop/v2/instantiation'
/** A store that has lost its last second may refuse what it would have to know, until the log was read again. */
const REFUSED_FOR_MS = 45_000
const PAUSE_MS = 150

export class LoopClient {
  readonly #name: string
  readonly #client: PatientClient
  readonly #world: LoopWorld
  #requests = 0
  /** Refusals that were taken for the word of a store that is behind. */
  refused = 0

  constructor(name: string, client: PatientClient, world: LoopWorld) {
    this.#name = name
    this.#client = client
    this.#world = world
  }

  /** Requests that got no answer. */
  get unanswered(): number {
    return this.#client.unanswered
  }

  async create(): Promise<LoopRecord> {
    const id = this.#world.nextLoop()
    await this.#insist('POST', ONAP, { controlLoopList: [this.#world.loopBody(id)] }, () => this.show(id))
    return { id, orders: [], isDeleted: false }
  }

  async order({ id, orders }: LoopRecord, orderedState: OrderedState): Promise<LoopOrder> {
    const sentMs = performance.now()
    const body = { orderedState, controlLoopIdentifierList: [id] }
    const key = await this.#insist('PUT', `${ONAP}/command`, body, (sent) => this.#wasOrdered(id, sent))
    const order = { key, orderedState, sentMs, acceptedMs: performance.now() }
    orders.push(order)
    return order
  }

  async delete(record: LoopRecord): Promise<void> {
    const { name, version } = record.id
    const isGone = async (): Promise<boolean> => (await this.show(record.id)) === undefined
    await this.#insist('DELETE', `${ONAP}?name=${name}&version=${version}`, undefined, isGone)
    record.isDeleted = true
  }

  /** `undefined`: it isn't there. */
  async show({ name, version }: Concept): Promise<ShownLoop | undefined> {
    const path = `/api/runtime/control-loops/${name}/${version}`
    const answer = await this.#client.request('GET', path)
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw new Error(`GET ${path}: ${textOf(answer)}`)
    return answer.body as ShownLoop
  }

  /** Its history says so. */
  async #wasOrdered({ name, version }: Concept, key: string): Promise<boolean> {
    const path = `/api/runtime/control-loops/${name}/${version}/history?limit=100`
    const { status, body } = await this.#client.request('GET', path)
    if (status !== 200) return false
    return (body as History).events.some(({ event, cause }) => event.type === 'ordered' && cause.trace === key)
  }

  /**
   * Repeats until it is accepted, or turns out to have been.
   * @returns the id of the request
   * @throws {Error} if it is refused for longer than a store can be behind
   */
  async #insist(
    method: Method,
    path: string,
    body: unknown,
    isDone: (key: string) => Promise<unknown>,
  ): Promise<string> {
    const key = `${this.#name}-${++this.#requests}`
    const unanswered = this.unanswered
    const endMs = performance.now() + REFUSED_FOR_MS
    for (;;) {
      const answer = await this.#client.request(method, path, body, key)
      if (answer.status < 300) return key
      if (this.unanswered > unanswered && (await isDone(key))) return key
      this.refused++
      if (performance.now() > endMs) throw new Error(`${method} ${path} (${key}): ${textOf(answer)}`)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}

const textOf = ({ status, body }: Answer): string => `${status} ${JSON.stringify(body)}`.slice(0, 500)

export const titleOf = ({ id }: LoopRecord): string => `control loop ${conceptText(id)}`
