/** Brings what the simulated infrastructure reports to the topic of completion events, under the ids it answered with. */
import { createHash, randomUUID } from 'node:crypto'
import type { Clock, Log } from '../../runtime/ports.ts'
import type { DriverReport, ReportSink } from '../protocol.ts'
import type { Chaos } from './chaos.ts'

/** Requests whose ids are remembered, where each call gets a new one; beyond it the oldest are forgotten. */
const REQUESTS_MAX = 100_000
const IDS_PER_REQUEST_MAX = 8

/**
 * The simulator's own request ids. The same for a request each time, without anything to store: a hash of the
 * asker's. (With `newIds` they are random and forgotten when the process ends; then the asker has to ask again.)
 */
export class DriverIds {
  readonly #isNew: boolean
  readonly #given = new Map<string, readonly string[]>()

  constructor({ newIds }: Pick<Chaos, 'newIds'>) {
    this.#isNew = newIds
  }

  /** What a call is answered with. */
  next(requestId: string): string {
    if (!this.#isNew) return stableId(requestId)
    const id = randomUUID()
    this.#given.set(requestId, [...(this.#given.get(requestId) ?? []), id].slice(-IDS_PER_REQUEST_MAX))
    const oldest = this.#given.keys().next()
    if (this.#given.size > REQUESTS_MAX && !oldest.done) this.#given.delete(oldest.value)
    return id
  }

  /** All that calls for this request were answered with. */
  of(requestId: string): readonly string[] {
    return this.#given.get(requestId) ?? [stableId(requestId)]
  }
}

/** Of the form that a random UUID has, so that nobody can rely on anything else. */
const stableId = (requestId: string): string => {
  const hex = createHash('sha256').update(requestId).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export interface CompletionPublisher {
  /** Resolves when the events are in the log; else the infrastructure reports again. */
  readonly report: ReportSink
  /** Resolves when what is next reported of this request is in the log, or `withinMs` have passed. */
  published(requestId: string, withinMs: number): Promise<void>
}

export const completionPublisher = (
  log: Pick<Log, 'append'>,
  clock: Clock,
  topic: string,
  partitions: number,
  ids: DriverIds,
  chaos: Chaos,
): CompletionPublisher => {
  const awaited = new Map<string, Set<() => void>>()
  let appended = 0

  return {
    report: async (report) => {
      const texts = ids.of(report.requestId).flatMap((id) => Array<string>(chaos.repeat).fill(eventText(id, report)))
      for (let count = 0; count < chaos.unknown; count++) texts.push(eventText(randomUUID(), report))
      for (let count = 0; count < chaos.garbage; count++) texts.push('{"requestId": "nothing that')
      // No key: events of one request may arrive in any order, as they do from drivers in the field.
      const entries = texts.map((text) => ({ topic, partition: appended++ % partitions, value: Buffer.from(text) }))
      await log.append(entries)
      for (const resolve of awaited.get(report.requestId) ?? []) resolve()
    },
    published: (requestId, withinMs) =>
      new Promise((resolve) => {
        const waiting = awaited.get(requestId) ?? new Set()
        const done = (): void => {
          cancel()
          waiting.delete(done)
          if (waiting.size === 0) awaited.delete(requestId)
          resolve()
        }
        const cancel = clock.schedule(withinMs, done)
        awaited.set(requestId, waiting.add(done))
      }),
  }
}

const eventText = (requestId: string, { status, outputs, failure, associatedTopology }: DriverReport): string =>
  JSON.stringify({
    requestId,
    status,
    ...(failure && { failureDetails: { failureCode: failure.code, description: failure.description } }),
    outputs,
    associatedTopology,
    version: '1.0.0',
  })
