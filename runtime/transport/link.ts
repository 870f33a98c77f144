/**
 * The wire between one simulated node and a simulated server (memory broker, memory store): it delays, loses, repeats
 * and belates requests, and can be cut or die with its node. Time and chance come from outside, so a run repeats.
 *
 * Without latency and faults an operation is applied at once and settles in a microtask; no timer is used.
 */
import { RuntimeFault } from '../fault.ts'
import type { Clock } from '../ports.ts'

/** Inclusive bounds in whole milliseconds. */
export interface Latency {
  readonly minMs: number
  readonly maxMs: number
}

export const NO_LATENCY: Latency = { minMs: 0, maxMs: 0 }

/** May be changed while running. The chances are per request, from 0 to 1; together at most 1. */
export interface Faults {
  /** Of each direction: drawn once for the request and once for the answer. */
  latency: Latency
  /** Not applied; the caller gets `unavailable`. The only one that reads can suffer. */
  lost: number
  /** Applied; the caller gets `unavailable`. */
  unconfirmed: number
  /** The caller gets `unavailable`; applied `lateness` after that. */
  late: number
  /** Applied, and once more `lateness` after that; the caller gets the first outcome. */
  repeated: number
  lateness: Latency
}

export const noFaults = (): Faults => ({
  latency: NO_LATENCY,
  lost: 0,
  unconfirmed: 0,
  late: 0,
  repeated: 0,
  lateness: NO_LATENCY,
})

export interface Chance {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
}

export const drawMs = (latency: Latency, random: () => number): number =>
  latency.maxMs <= 0 ? 0 : latency.minMs + Math.floor(random() * (latency.maxMs - latency.minMs + 1))

type Outcome = 'normal' | 'lost' | 'unconfirmed' | 'late' | 'repeated'

const drawOutcome = (faults: Faults, random: () => number, isRead: boolean): Outcome => {
  const { lost } = faults
  const unconfirmed = isRead ? 0 : faults.unconfirmed
  const late = isRead ? 0 : faults.late
  const repeated = isRead ? 0 : faults.repeated
  if (lost + unconfirmed + late + repeated <= 0) return 'normal'
  let drawn = random()
  if ((drawn -= lost) < 0) return 'lost'
  if ((drawn -= unconfirmed) < 0) return 'unconfirmed'
  if ((drawn -= late) < 0) return 'late'
  return drawn - repeated < 0 ? 'repeated' : 'normal'
}

const unavailable = (why: string): RuntimeFault => new RuntimeFault('unavailable', why)

export class Link {
  readonly name: string
  readonly faults: Faults
  readonly #chance: Chance
  readonly #onRestore = new Set<() => void>()
  #cut = false
  #crashed = false

  constructor(name: string, faults: Faults, chance: Chance) {
    this.name = name
    this.faults = faults
    this.#chance = chance
  }

  /** Whether anything that the server says arrives. */
  get up(): boolean {
    return !this.#cut && !this.#crashed
  }

  /** From now on requests and answers get lost (callers get `unavailable`) and nothing is heard from the server. */
  cut(): void {
    this.#cut = true
  }

  restore(): void {
    this.#cut = false
    for (const run of [...this.#onRestore]) run()
  }

  /** The node has died: requests that are on their way still arrive, but no promise of this link settles any more. */
  crash(): void {
    this.#crashed = true
    this.#onRestore.clear()
  }

  /** Calls `run` at each restore; the returned function takes that back. */
  onRestore(run: () => void): () => void {
    this.#onRestore.add(run)
    return () => void this.#onRestore.delete(run)
  }

  /** Calls `run` after a delay drawn from `latency`; at once if there is none. */
  after(latency: Latency, run: () => void): void {
    const delayMs = drawMs(latency, this.#chance.random)
    if (delayMs > 0) this.#chance.clock.schedule(delayMs, run)
    else run()
  }

  read<T>(apply: () => T): Promise<T> {
    return this.#call(apply, true)
  }

  /** `apply` runs on the server: once, never or twice, as the faults have it. What it throws is the answer. */
  write<T>(apply: () => T): Promise<T> {
    return this.#call(apply, false)
  }

  #call<T>(apply: () => T, isRead: boolean): Promise<T> {
    const { faults } = this
    if (this.#crashed) return new Promise(() => undefined)
    const outcome = drawOutcome(faults, this.#chance.random, isRead)
    if (outcome === 'normal' && this.up && faults.latency.maxMs <= 0) return applied(apply)
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void): void =>
        this.after(faults.latency, () => {
          if (this.up) settle()
          else if (!this.#crashed) reject(unavailable(`${this.name} is cut off; the outcome is unknown`))
        })
      const fail = (): void =>
        this.after(faults.latency, () => {
          if (!this.#crashed) reject(unavailable(`request of ${this.name} failed; the outcome is unknown`))
        })
      const later = (): void => this.after(faults.lateness, () => void applied(apply).catch(() => undefined))
      const arrive = (): void => {
        if (this.#cut) return fail()
        let result: T
        try {
          result = apply()
        } catch (error) {
          // What a server threw is whatever the operation threw: a RuntimeFault, or a defect that must be seen as it is.
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          return outcome === 'unconfirmed' ? fail() : answer(() => reject(error))
        }
        if (outcome === 'unconfirmed') return fail()
        if (outcome === 'repeated') later()
        answer(() => resolve(result))
      }
      switch (outcome) {
        case 'lost':
          return fail()
        case 'late':
          fail()
          return later()
        case 'normal':
        case 'unconfirmed':
        case 'repeated':
          return this.after(faults.latency, arrive)
      }
    })
  }
}

/** `apply` run now, as a promise. */
const applied = async <T>(apply: () => T): Promise<T> => apply()
