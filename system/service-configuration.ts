/**
 * The configuration of a service as one instance of it has it. Whoever hears of another version than the applied one
 * says so here; what is then applied is what the store holds, so it doesn't matter who was heard, how often, or in which
 * order. An older version is applied as well: a store may have lost its last second.
 */
import { serviceRef } from '../actors/addresses.ts'
import type { ServiceState } from '../actors/service/protocol.ts'
import type { Queries } from '../runtime/client.ts'
import { errorText } from '../runtime/fault.ts'
import type { Report } from './backing.ts'

export interface Configuration {
  /** 0: it was never configured. */
  readonly version: number
  readonly values: Readonly<Record<string, string>>
}

/**
 * Makes an instance work with a configuration. Answers what of it this release can't work with (a line each, or
 * nothing). If it throws, the instance stays behind, and is asked again with the next heartbeat.
 */
export type ApplyConfiguration = (
  configuration: Configuration,
) => readonly string[] | void | Promise<readonly string[] | void>

export interface ServiceConfigurationParts {
  readonly service: string
  readonly queries: Pick<Queries, 'entity'>
  readonly apply: ApplyConfiguration
  readonly report: Report
}

const PROBLEM_CHARS_MAX = 300

export class ServiceConfiguration {
  readonly #parts: ServiceConfigurationParts
  #applied: Configuration = { version: 0, values: {} }
  /** What was left out of the applied one. */
  #leftOut = ''
  #problem = ''
  #running: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(parts: ServiceConfigurationParts) {
    this.#parts = parts
  }

  /** The one that the instance works with. */
  get applied(): Configuration {
    return this.#applied
  }

  /** Why it doesn't work with a newer one, or what it left out of this one; empty: nothing. */
  get problem(): string {
    return this.#problem
  }

  /** Somebody says that this version is stored. */
  heard(version: number): void {
    if (version !== this.#applied.version) void this.catchUp()
  }

  /** Applies what is stored, if it is another version. One at a time; what is heard meanwhile makes one more. Never rejects. */
  catchUp(): Promise<void> {
    if (this.#running) this.#again = true
    this.#running ??= this.#run()
    return this.#running
  }

  /** Nothing is applied any more. */
  close(): void {
    this.#closed = true
  }

  async #run(): Promise<void> {
    do {
      this.#again = false
      try {
        await this.#once()
      } catch (error) {
        this.#tell(errorText(error))
      }
    } while (this.#again && !this.#closed)
    // Here, and not when the promise has settled: what is heard in between would be lost.
    this.#running = undefined
  }

  async #once(): Promise<void> {
    const { queries, service, apply } = this.#parts
    const view = await queries.entity<ServiceState>(serviceRef(service))
    const stored: Configuration = { version: view?.state.version ?? 0, values: view?.state.values ?? {} }
    if (this.#closed) return
    if (stored.version === this.#applied.version) return this.#tell(this.#leftOut)
    this.#leftOut = ((await apply(stored)) ?? []).join('; ')
    this.#applied = stored
    this.#tell(this.#leftOut)
  }

  /** Each trouble is reported once, however often it is met. */
  #tell(problem: string): void {
    const text = problem.slice(0, PROBLEM_CHARS_MAX)
    if (text !== this.#problem && text !== '')
      this.#parts.report(`the configuration of ${this.#parts.service} could not be applied as it is stored: ${text}`)
    this.#problem = text
  }
}
