/**
 * Tells the runtime from time to time how the participant and its loops are. Periodically only of the loops that changed
 * since they were last told of, and of some others in turn, so that an idle participant with many loops costs next to nothing;
 * of all of them when it is asked, or has just registered. What is told periodically is spread over some time: each loop that is
 * told of costs the runtime some work, and a burst of thousands would hold up orders.
 */
import { OneShot } from '../../runtime/one-shot.ts'
import { pause } from '../../runtime/pause.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { ParticipantIdentity } from '../protocol/addressee.ts'
import type { LoopReport, Report } from '../protocol/conversation.ts'
import type { HealthStatus, ParticipantState } from '../protocol/states.ts'
import type { ParticipantConfig } from './config.ts'
import type { LoopEntry } from './element.ts'
import type { ExecutionStatistics } from './execution-statistics.ts'
import type { LoopTable } from './loop-table.ts'
import { goneReport, loopReports, type MeasuringParts, parted } from './status-report.ts'

export interface HeartbeatParts extends Omit<MeasuringParts, 'statisticsTimeoutMs'> {
  readonly identity: ParticipantIdentity
  readonly clock: Clock
  readonly config: ParticipantConfig
  readonly loops: LoopTable
  readonly statistics: ExecutionStatistics
  readonly mode: () => ParticipantState
  readonly health: () => HealthStatus
  readonly newId: () => string
  /** In [0, 1). */
  readonly random: () => number
  readonly send: (report: Report) => Promise<void>
}

type Scope = 'changed' | 'all'

const pacedBounds = ({ loopsPerStatusMax, elementsPerStatusMax, loopsPerPacedStatus }: ParticipantConfig) => ({
  loopsPerStatusMax: Math.min(loopsPerStatusMax, loopsPerPacedStatus),
  elementsPerStatusMax,
})

export class Heartbeat {
  readonly #parts: HeartbeatParts
  readonly #next: OneShot
  #wanted: Scope | undefined
  #isTelling = false
  #isStopped = false
  /** Aborted: what is being told is told without pauses. */
  #pacing = new AbortController()

  constructor(parts: HeartbeatParts) {
    this.#parts = parts
    this.#next = new OneShot(parts.clock)
  }

  /** As soon as what is being told is told; what is asked for meanwhile is told once. */
  tell(scope: Scope): void {
    if (this.#isStopped) return
    this.#wanted = scope === 'all' ? 'all' : (this.#wanted ?? 'changed')
    if (scope === 'all') this.#pacing.abort()
    if (!this.#isTelling) void this.#tellAll()
    this.#next.cancel()
    this.#next.in(this.#intervalMs(), () => this.tell('changed'))
  }

  stop(): void {
    this.#isStopped = true
    this.#pacing.abort()
    this.#next.cancel()
  }

  #intervalMs(): number {
    const { config, random } = this.#parts
    return config.reportingIntervalMs * (1 + config.reportingJitter * (2 * random() - 1))
  }

  async #tellAll(): Promise<void> {
    this.#isTelling = true
    for (let scope = this.#wanted; scope && !this.#isStopped; scope = this.#wanted) {
      this.#wanted = undefined
      const { loops, config, clock, listener, mode } = this.#parts
      const changed = loops.takeChanged()
      const gone = [...changed].filter(([key]) => !loops.get(key)).map(([, loop]) => goneReport(loop))
      const isPaced = scope === 'changed'
      const parts = parted(this.#entries(scope, changed.keys()), isPaced ? pacedBounds(config) : config)
      this.#pacing = new AbortController()
      if (!isPaced) this.#pacing.abort()
      const pauseMs = Math.min(config.statusPauseMs, config.reportingIntervalMs / 2 / parts.length)
      for (const [index, entries] of parts.entries()) {
        if (index > 0 && !this.#pacing.signal.aborted) await pause(clock, pauseMs, this.#pacing.signal)
        // What has gone meanwhile has changed, and is told of as gone.
        const there = entries.filter((entry) => loops.get(entry.key) === entry)
        const told = await loopReports(there, {
          clock,
          listener,
          mode,
          statisticsTimeoutMs: config.statisticsTimeoutMs,
        })
        if (this.#isStopped) break
        await this.#send([...told, ...gone.splice(0, config.loopsPerStatusMax)])
      }
      while (gone.length > 0 && !this.#isStopped) await this.#send(gone.splice(0, config.loopsPerStatusMax))
    }
    this.#isTelling = false
  }

  #entries(scope: Scope, changed: Iterable<string>): readonly LoopEntry[] {
    const { loops, config } = this.#parts
    if (scope === 'all') return [...loops.all()]
    const entries = new Set([...changed].flatMap((key) => loops.get(key) ?? []))
    for (const entry of loops.nextInTurn(config.loopsPerRotation)) entries.add(entry)
    return [...entries]
  }

  #send(loops: readonly LoopReport[]): Promise<void> {
    const { identity, clock, mode, health, statistics, newId, send } = this.#parts
    const atMs = clock.now()
    return send({
      ...identity,
      type: 'status',
      messageId: newId(),
      atMs,
      state: mode(),
      healthStatus: health(),
      statistics: statistics.at(atMs, mode(), health()),
      loops: [...loops],
    })
  }
}
