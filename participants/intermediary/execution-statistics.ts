/** What a participant tells of its own work. */
import type { ParticipantStatistics } from '../protocol/conversation.ts'
import type { HealthStatus, ParticipantState } from '../protocol/states.ts'

export class ExecutionStatistics {
  readonly #startedAtMs: number
  #events = 0
  #failures = 0
  #totalMs = 0
  #lastMs = 0
  #lastEnterMs = 0

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs
  }

  get failures(): number {
    return this.#failures
  }

  /** An operation of an element has ended. */
  count(beganAtMs: number, endedAtMs: number, isDone: boolean): void {
    this.#events++
    if (!isDone) this.#failures++
    this.#lastMs = endedAtMs - beganAtMs
    this.#totalMs += this.#lastMs
    this.#lastEnterMs = beganAtMs
  }

  at(atMs: number, state: ParticipantState, healthStatus: HealthStatus): ParticipantStatistics {
    return {
      atMs,
      state,
      healthStatus,
      eventCount: this.#events,
      lastExecutionTimeMs: this.#lastMs,
      averageExecutionTimeMs: this.#events === 0 ? 0 : this.#totalMs / this.#events,
      upTimeMs: atMs - this.#startedAtMs,
      lastEnterTimeMs: this.#lastEnterMs,
      lastStartMs: this.#startedAtMs,
    }
  }
}
