/** Reads the topic that says which service was configured anew. Only a hint: what it misses, heartbeats repair. */
import {
  SERVICE_CHANGES_KEEP,
  SERVICE_CHANGES_TOPIC,
  serviceChange,
  type ServiceChange,
} from '../actors/service/changes.ts'
import type { Clock, Log, LogReader } from '../runtime/ports.ts'
import { decodePublished } from '../runtime/published.ts'
import type { Report } from './backing.ts'

const PARTITION = 0
const READ_BATCH = 100
const RETRY_MS = 1_000

export interface ServiceChangesParts {
  readonly log: Pick<Log, 'bounds' | 'read' | 'trim'>
  readonly clock: Clock
  readonly report: Report
  readonly onChange: (change: ServiceChange) => void
}

export class ServiceChanges {
  readonly #parts: ServiceChangesParts
  #reader: LogReader | undefined
  #cancelRetry: () => void = () => undefined
  #closed = false
  #isTold = false

  constructor(parts: ServiceChangesParts) {
    this.#parts = parts
    void this.#follow()
  }

  close(): void {
    this.#closed = true
    this.#cancelRetry()
    this.#reader?.close()
  }

  /** From now on; after a failure from then on. */
  async #follow(): Promise<void> {
    const { log, clock, report, onChange } = this.#parts
    try {
      const { next } = await log.bounds(SERVICE_CHANGES_TOPIC, PARTITION)
      if (this.#closed) return
      this.#reader = log.read(SERVICE_CHANGES_TOPIC, PARTITION, next)
      for (;;) {
        const records = await this.#reader.next(READ_BATCH)
        const last = records.at(-1)
        if (!last || this.#closed) return
        this.#isTold = false
        for (const { value } of records) {
          const change = changeIn(value)
          if (change) onChange(change)
        }
        // Every node may do so; changes are rare.
        await log.trim(SERVICE_CHANGES_TOPIC, PARTITION, last.offset - SERVICE_CHANGES_KEEP)
      }
    } catch (error) {
      this.#reader?.close()
      if (this.#closed) return
      if (!this.#isTold) report('changes of configurations could not be read; heartbeats tell of them', error)
      this.#isTold = true
      this.#cancelRetry = clock.schedule(RETRY_MS, () => void this.#follow())
    }
  }
}

/** A record that this release can't read is one that only heartbeats tell of. */
const changeIn = (value: Uint8Array): ServiceChange | undefined => {
  try {
    return serviceChange.safeParse(decodePublished(value).message).data
  } catch {
    return undefined
  }
}
