/** What the simulated infrastructure keeps, and where: in memory for benches, in a file (`infrastructure-file.ts`) else. */
import { z } from 'zod'
import { driverReport, failureCode, propertyValue } from '../protocol.ts'

export const simulatedObject = z.object({
  resourceId: z.string(),
  resourceName: z.string(),
  state: z.enum(['Created', 'Installed', 'Inactive', 'Active']).nullable(),
  doubtful: z.boolean(),
  /** How often something scripted by number has been asked for: `fail/Install` → 2. */
  attempts: z.record(z.string(), z.number()),
})
export type SimulatedObject = z.infer<typeof simulatedObject>

const failure = z.object({ code: failureCode, description: z.string() })

/** One piece of work, by request id: what was asked, what will come of it, and what came of it. */
export const workRecord = z.object({
  requestId: z.string(),
  resourceId: z.string(),
  resourceName: z.string(),
  transition: z.string(),
  declared: z.array(z.string()).optional(),
  deadlineMs: z.number(),
  /** The order that it belongs to, if that was said. */
  trace: z.string().optional(),
  /** When the work is done, and when that is answered. */
  dueMs: z.number(),
  answerMs: z.number(),
  repeat: z.number(),
  /** Asks that are yet to stay without an answer, this one included; -1: all of them. */
  silences: z.number(),
  /** Decided when the work was taken on: it fails, or puts this out. */
  failure: failure.extend({ scripted: z.boolean().optional() }).optional(),
  outputs: z.record(z.string(), propertyValue),
  /** Absent: not done yet. `refusal`: it was never taken on. */
  outcome: z.union([z.object({ report: driverReport }), z.object({ refusal: failure })]).optional(),
  answered: z.boolean(),
})
export type WorkRecord = z.infer<typeof workRecord>

/** A transition or operation that was carried out on the simulated infrastructure. */
export interface JournalEntry {
  /** Rising from 1, in the order in which things were done. */
  readonly sequence: number
  readonly atMs: number
  readonly resourceId: string
  readonly resourceName: string
  readonly transition: string
  readonly requestId: string
}

export interface InfrastructureChanges {
  readonly objects: Iterable<SimulatedObject>
  readonly forgottenObjects: Iterable<string>
  readonly records: Iterable<WorkRecord>
  readonly forgottenRecords: Iterable<string>
  readonly journal: readonly JournalEntry[]
}

export interface StoredInfrastructure {
  readonly objects: readonly SimulatedObject[]
  /** In the order in which they were taken on, or nearly. */
  readonly records: readonly WorkRecord[]
  /** The newest journal entry's; 0 if there is none. */
  readonly sequence: number
}

export interface InfrastructureStore {
  /** How long changes gather before they are saved together; 0: each is saved at once. */
  readonly gatherMs: number
  load(): StoredInfrastructure
  /** All or nothing. After it returns the changes survive the end of this process. */
  save(changes: InfrastructureChanges): void
  /** Oldest first; entries with a higher sequence than `after`. */
  journal(after: number, limit: number): readonly JournalEntry[]
  close(): void
}

/** Only the journal is kept, at most `journalMax` entries of it (the oldest go first). */
export const memoryInfrastructure = (journalMax = 100_000): InfrastructureStore => {
  let journal: JournalEntry[] = []
  return {
    gatherMs: 0,
    load: () => ({ objects: [], records: [], sequence: 0 }),
    save: (changes) => {
      for (const entry of changes.journal) journal.push(entry)
      // Seldom, so that it costs nothing per entry.
      if (journal.length > journalMax * 1.25 + 64) journal = journal.slice(-journalMax)
    },
    journal: (after, limit) => journal.filter((entry) => entry.sequence > after).slice(0, limit),
    close: () => undefined,
  }
}
