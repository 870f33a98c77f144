/**
 * A simulated infrastructure that really has state: objects, a record per request, and a journal of everything that
 * was carried out. What it takes on it finishes and answers, once each in effect, through crashes of its process (if its
 * store is durable): a request id is a piece of work, and is done no more than once.
 *
 * The truth is in memory; the store is written behind it, and nothing that isn't stored is acknowledged or answered.
 */
import { isFault, RuntimeFault } from '../../runtime/fault.ts'
import type { Clock } from '../../runtime/ports.ts'
import { backoffMs, pause, settlesWithin } from '../backoff.ts'
import { DriverRefusal, type DriverReport, type DriverRequest, type ReportSink } from '../protocol.ts'
import { ChangeBatch } from './change-batch.ts'
import type { InfrastructureStore, JournalEntry, SimulatedObject, WorkRecord } from './infrastructure-store.ts'
import type { Behaviour } from './script.ts'
import { judge } from './transitions.ts'
import { workOutcome } from './work-outcome.ts'
import { counted, plannedWork } from './work-plan.ts'

export interface InfrastructureLimits {
  /** Requests taken on and not yet answered; beyond it `execute` says `overloaded` (a temporary error). */
  readonly openMax: number
  /** Answered requests that are remembered; beyond it the oldest are forgotten even before their time. */
  readonly finishedMax: number
  /** An answered request is remembered for this long after its deadline, when nobody asks for it any more. */
  readonly retentionMs: number
  /** Wait between tries to report. */
  readonly retry: { readonly firstMs: number; readonly longestMs: number }
  /** How long `close` waits for reports under way. */
  readonly closeTimeoutMs: number
}

const DEFAULT_INFRASTRUCTURE_LIMITS: InfrastructureLimits = {
  openMax: 200_000,
  finishedMax: 100_000,
  retentionMs: 60_000,
  retry: { firstMs: 50, longestMs: 5_000 },
  closeTimeoutMs: 5_000,
}

export interface InfrastructureParts {
  readonly clock: Clock
  readonly store: InfrastructureStore
  readonly report: ReportSink
  readonly limits?: Partial<InfrastructureLimits>
}

export class SimulatedInfrastructure {
  readonly #clock: Clock
  readonly #store: InfrastructureStore
  readonly #report: ReportSink
  readonly #limits: InfrastructureLimits
  readonly #changes: ChangeBatch
  readonly #objects = new Map<string, SimulatedObject>()
  /** Not yet done, or done and not yet answered. */
  readonly #open = new Map<string, WorkRecord>()
  /** Nothing more happens to these by itself; in the order in which they finished. */
  readonly #finished = new Map<string, WorkRecord>()
  #oldestIds = this.#finished.keys()
  #oldestId: string | undefined
  readonly #timers = new Map<string, () => void>()
  readonly #answering = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()
  #sequence: number

  /** Loads what the store has, and goes on with what isn't finished. */
  constructor(parts: InfrastructureParts) {
    this.#clock = parts.clock
    this.#store = parts.store
    this.#report = parts.report
    this.#limits = { ...DEFAULT_INFRASTRUCTURE_LIMITS, ...parts.limits }
    this.#changes = new ChangeBatch(parts.store, parts.clock)
    const { objects, records, sequence } = parts.store.load()
    this.#sequence = sequence
    for (const object of objects) this.#objects.set(object.resourceId, object)
    for (const record of records) (isFinished(record) ? this.#finished : this.#open).set(record.requestId, record)
    for (const record of this.#open.values()) this.#goOn(record)
  }

  knows(requestId: string): boolean {
    return this.#open.has(requestId) || this.#finished.has(requestId)
  }

  /**
   * Takes a piece of work on; resolves when that is stored. `behaviour` is asked only for work that isn't known yet.
   * @throws {DriverRefusal} if the script says so, and again each time the request is repeated
   * @throws {RuntimeFault} `overloaded` or `closed`
   */
  async take(request: DriverRequest, behaviour: () => Behaviour, trace?: string): Promise<void> {
    if (this.#closing.signal.aborted) throw new RuntimeFault('closed', 'the simulated infrastructure is closed')
    const known = this.#open.get(request.requestId) ?? this.#finished.get(request.requestId)
    if (known) {
      this.#askedAgain(known)
    } else {
      if (this.#open.size >= this.#limits.openMax)
        throw new RuntimeFault('overloaded', `${this.#open.size} requests are open in the simulated infrastructure`)
      this.#begin(request, behaviour(), trace)
    }
    await this.#changes.saved()
    const outcome = (this.#open.get(request.requestId) ?? this.#finished.get(request.requestId))?.outcome
    if (outcome && 'refusal' in outcome) throw new DriverRefusal(outcome.refusal.code, outcome.refusal.description)
  }

  /** The object disappears, as if somebody had removed it behind the system's back. False: there was none. */
  async vanish(resourceId: string): Promise<boolean> {
    const object = this.#objects.get(resourceId)
    if (!object || object.state === null) return false
    this.#keep({ ...object, state: null, doubtful: true })
    await this.#changes.saved()
    return true
  }

  object(resourceId: string): SimulatedObject | undefined {
    return this.#objects.get(resourceId)
  }

  objects(): readonly SimulatedObject[] {
    return [...this.#objects.values()]
  }

  /** What was carried out, oldest first: entries with a higher sequence than `after`. */
  journal(after = 0, limit = 1_000_000): readonly JournalEntry[] {
    this.#changes.save()
    return this.#store.journal(after, limit)
  }

  counts(): { readonly objects: number; readonly open: number; readonly remembered: number } {
    return { objects: this.#objects.size, open: this.#open.size, remembered: this.#finished.size }
  }

  /** Nothing is done or reported any more once this resolves; a durable store goes on with it when it is opened again. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
    await settlesWithin(this.#clock, this.#limits.closeTimeoutMs, Promise.all(this.#answering.values()))
    this.#changes.save()
    this.#store.close()
  }

  #begin(request: DriverRequest, behaviour: Behaviour, trace: string | undefined): void {
    const object = this.#objects.get(request.resourceId) ?? newObject(request)
    const { record, attempts } = plannedWork(request, behaviour, object, this.#clock.now(), trace)
    if (attempts !== object.attempts) this.#keep({ ...object, attempts })
    this.#forgetOld()
    this.#changes.record(record)
    if (isFinished(record)) {
      this.#finished.set(record.requestId, record)
      return
    }
    this.#open.set(record.requestId, record)
    this.#goOn(record)
  }

  #askedAgain(record: WorkRecord): void {
    if (record.silences > 0) {
      record.silences--
      this.#changes.record(record)
      const object = this.#objects.get(record.resourceId)
      if (object) this.#keep({ ...object, attempts: counted(object.attempts, 'silent', record.transition) })
    }
    if (!record.outcome || 'refusal' in record.outcome || record.silences !== 0) return
    if (this.#finished.delete(record.requestId)) {
      this.#open.set(record.requestId, record)
      this.#startAnswer(record)
    }
    // Else the answer is under way, or comes when it is due.
  }

  /** The next thing that happens to a piece of work: now, or when it is due. */
  #goOn(record: WorkRecord): void {
    const atMs = record.outcome ? record.answerMs : record.dueMs
    const run = (): void => {
      this.#timers.delete(record.requestId)
      if (record.outcome) {
        this.#startAnswer(record)
      } else {
        this.#carryOut(record)
        if (isFinished(record)) this.#finish(record)
        else this.#goOn(record)
      }
    }
    const delayMs = atMs - this.#clock.now()
    if (delayMs <= 0) run()
    else this.#timers.set(record.requestId, this.#clock.schedule(delayMs, run))
  }

  #carryOut(record: WorkRecord): void {
    const object = this.#objects.get(record.resourceId) ?? newObject(record)
    const verdict = judge(object, record.transition, record.declared)
    const { after, report, done } = workOutcome(record, object, verdict)
    record.outcome = { report }
    this.#changes.record(record)
    if (after !== object) this.#keep(after)
    if (!done) return
    const { resourceId, resourceName, transition, requestId } = record
    const sequence = ++this.#sequence
    this.#changes.journal({ sequence, atMs: this.#clock.now(), resourceId, resourceName, transition, requestId })
  }

  /** An object of which nothing is to be remembered is none. */
  #keep(object: SimulatedObject): void {
    if (object.state === null && !object.doubtful && Object.keys(object.attempts).length === 0) {
      if (this.#objects.delete(object.resourceId)) this.#changes.forgetObject(object.resourceId)
      return
    }
    this.#objects.set(object.resourceId, object)
    this.#changes.object(object)
  }

  #startAnswer(record: WorkRecord): void {
    if (this.#answering.has(record.requestId)) return
    const answering = this.#answer(record).finally(() => this.#answering.delete(record.requestId))
    this.#answering.set(record.requestId, answering)
  }

  /** Never rejects. Gives up when nobody waits for the answer any more. */
  async #answer(record: WorkRecord): Promise<void> {
    const { retry, retentionMs } = this.#limits
    const { signal } = this.#closing
    for (let failures = 0; ;) {
      try {
        await this.#changes.saved()
        await this.#say(record)
        break
      } catch (error) {
        failures++
        const gone = this.#clock.now() > record.deadlineMs + retentionMs || isFault(error, 'invalid-message')
        if (gone) break
        await pause(this.#clock, backoffMs(failures, retry), signal)
      }
      if (signal.aborted) return
    }
    if (signal.aborted && !record.answered) return
    record.answered = true
    this.#finish(record)
  }

  async #say(record: WorkRecord): Promise<void> {
    if (!record.outcome || 'refusal' in record.outcome) return
    const report: DriverReport = record.outcome.report
    // Whoever asks again for what was answered gets it once, however often it was said at first.
    const times = record.answered ? 1 : record.repeat
    for (let said = 0; said < times; said++) {
      if (this.#closing.signal.aborted) return
      await this.#report(report, record.trace)
    }
    record.answered = true
  }

  #finish(record: WorkRecord): void {
    this.#open.delete(record.requestId)
    this.#finished.set(record.requestId, record)
    this.#changes.record(record)
    this.#changes.saved().catch(() => undefined) // lost: after a restart it is answered once more
  }

  #forgetOld(): void {
    const { finishedMax, retentionMs } = this.#limits
    for (let oldest = this.#oldestFinished(); oldest; oldest = this.#oldestFinished()) {
      const isOld = oldest.deadlineMs + retentionMs < this.#clock.now()
      if (!isOld && this.#finished.size <= finishedMax) return
      this.#finished.delete(oldest.requestId)
      this.#changes.forgetRecord(oldest.requestId)
    }
  }

  /**
   * One iterator walks behind the deletions for good: a new one each time would have to skip everything that was
   * deleted at the front of the map before (measured: a third of all time).
   */
  #oldestFinished(): WorkRecord | undefined {
    for (let rounds = 0; rounds < 2;) {
      const found = this.#oldestId === undefined ? undefined : this.#finished.get(this.#oldestId)
      if (found) return found
      const next = this.#oldestIds.next()
      this.#oldestId = next.done ? undefined : next.value
      if (!next.done) continue
      // An iterator that has come to its end stays there.
      this.#oldestIds = this.#finished.keys()
      rounds++
    }
    return undefined
  }
}

const isFinished = (record: WorkRecord): boolean =>
  record.outcome !== undefined && (record.answered || record.silences !== 0 || 'refusal' in record.outcome)

const newObject = (of: { readonly resourceId: string; readonly resourceName: string }): SimulatedObject => ({
  resourceId: of.resourceId,
  resourceName: of.resourceName,
  state: null,
  doubtful: false,
  attempts: {},
})
