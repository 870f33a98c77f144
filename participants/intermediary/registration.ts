/** Makes a participant known to the runtime, and says good-bye. */
import { backoffMs } from '../../runtime/backoff.ts'
import { OneShot } from '../../runtime/one-shot.ts'
import { settlesWithin } from '../../runtime/pause.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { ParticipantIdentity } from '../protocol/addressee.ts'
import type { Report } from '../protocol/conversation.ts'
import type { ParticipantConfig } from './config.ts'

/** An answer that is late may name one of the registrations before. */
const REMEMBERED = 16

export interface RegistrationParts {
  readonly identity: ParticipantIdentity
  readonly clock: Clock
  readonly config: Pick<ParticipantConfig, 'registerRetry' | 'deregisterWaitMs'>
  readonly newId: () => string
  readonly send: (report: Report) => Promise<void>
}

export class Registration {
  readonly #parts: RegistrationParts
  readonly #next: OneShot
  #asked: string[] = []
  #tries = 0
  #isRegistered = false
  #leaving: { readonly messageId: string; readonly resolve: () => void } | undefined

  constructor(parts: RegistrationParts) {
    this.#parts = parts
    this.#next = new OneShot(parts.clock)
  }

  get isRegistered(): boolean {
    return this.#isRegistered
  }

  /** Again and again, until it is answered. */
  readonly register = (): void => {
    if (this.#isRegistered || this.#leaving) return
    const { identity, config, newId, send } = this.#parts
    const messageId = newId()
    this.#asked = [...this.#asked, messageId].slice(-REMEMBERED)
    this.#tries++
    void send({ ...identity, type: 'register', messageId })
    const { firstMs, longestMs } = config.registerRetry
    this.#next.in(backoffMs(this.#tries, firstMs, longestMs), this.register)
  }

  /** @returns false if it is somebody else who is registered by this */
  heard(responseTo: string, isInPerson: boolean): boolean {
    if (this.#leaving || (!isInPerson && !this.#asked.includes(responseTo))) return false
    this.#isRegistered = true
    this.#next.cancel()
    return true
  }

  deregistered(responseTo: string): void {
    if (this.#leaving?.messageId === responseTo) this.#leaving.resolve()
  }

  /** Resolves when the runtime has heard it, or after a bounded time. */
  async leave(): Promise<void> {
    this.#next.cancel()
    const { identity, clock, config, newId, send } = this.#parts
    const messageId = newId()
    const answered = new Promise<void>((resolve) => (this.#leaving = { messageId, resolve }))
    void send({ ...identity, type: 'deregister', messageId })
    // Whoever doesn't know us has nothing to forget.
    if (this.#isRegistered) await settlesWithin(clock, config.deregisterWaitMs, answered)
    this.#isRegistered = false
  }
}
