/** A client that goes on whatever becomes of the nodes, at whichever answers; pauses in a lull. */
import { type Answer, type Method, OrderClient } from '../../actors/testing/order-client.ts'
import type { Lull } from './lull.ts'

/** A store that has lost its last second doesn't know of the newest orders until the log was read again. */
const UNKNOWN_FOR_MS = 30_000
const PAUSE_MS = 100

/** Gives a process time to be known again. */
export class PatientClient extends OrderClient {
  readonly #lull: Lull

  constructor(name: string, urls: readonly string[], lull: Lull) {
    let turn = name.length
    super(name, () => urls[turn++ % urls.length])
    this.#lull = lull
  }

  override async request(method: Method, path: string, body?: unknown, key?: string): Promise<Answer> {
    const endMs = Date.now() + UNKNOWN_FOR_MS
    for (;;) {
      const answer = await this.#lull.during(() => super.request(method, path, body, key))
      const isForgotten = answer.status === 404 && path.startsWith('/api/processes/')
      if (!isForgotten || Date.now() > endMs) return answer
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}
