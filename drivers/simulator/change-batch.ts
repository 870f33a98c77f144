/** Changes of the simulated infrastructure on their way to its store: gathered, and saved together. */
import type { Clock } from '../../runtime/ports.ts'
import type { InfrastructureStore, JournalEntry, SimulatedObject, WorkRecord } from './infrastructure-store.ts'

const SAVED = Promise.resolve()

export class ChangeBatch {
  readonly #store: InfrastructureStore
  readonly #clock: Clock
  /** By id; `undefined`: forgotten. */
  readonly #objects = new Map<string, SimulatedObject | undefined>()
  readonly #records = new Map<string, WorkRecord | undefined>()
  #journal: JournalEntry[] = []
  #saving: Promise<void> | undefined

  constructor(store: InfrastructureStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  object(object: SimulatedObject): void {
    this.#objects.set(object.resourceId, object)
  }

  forgetObject(resourceId: string): void {
    this.#objects.set(resourceId, undefined)
  }

  record(record: WorkRecord): void {
    this.#records.set(record.requestId, record)
  }

  forgetRecord(requestId: string): void {
    this.#records.set(requestId, undefined)
  }

  journal(entry: JournalEntry): void {
    this.#journal.push(entry)
  }

  /** Resolves when everything changed so far is saved. Rejects if saving failed; the changes are kept for the next time. */
  saved(): Promise<void> {
    if (this.#store.gatherMs === 0) {
      try {
        this.save()
        return SAVED
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    if (this.#isEmpty()) return SAVED
    this.#saving ??= new Promise((resolve, reject) => {
      this.#clock.schedule(this.#store.gatherMs, () => {
        this.#saving = undefined
        try {
          this.save()
          resolve()
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    })
    return this.#saving
  }

  /** Saves now. @throws whatever the store throws; the changes are kept for the next time */
  save(): void {
    if (this.#isEmpty()) return
    this.#store.save({
      objects: present(this.#objects),
      forgottenObjects: absent(this.#objects),
      records: present(this.#records),
      forgottenRecords: absent(this.#records),
      journal: this.#journal,
    })
    this.#objects.clear()
    this.#records.clear()
    this.#journal = []
  }

  #isEmpty(): boolean {
    return this.#objects.size === 0 && this.#records.size === 0 && this.#journal.length === 0
  }
}

function* present<Value>(changes: ReadonlyMap<string, Value | undefined>): Generator<Value> {
  for (const value of changes.values()) if (value !== undefined) yield value
}

function* absent(changes: ReadonlyMap<string, unknown>): Generator<string> {
  for (const [id, value] of changes) if (value === undefined) yield id
}
