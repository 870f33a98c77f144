/** The entities of one shard that are in memory: loaded when asked for, passivated when unused. */
import type { Capacity } from './capacity.ts'
import type { AnyEntityDefinition, EntityRef } from './entity.ts'
import { DEFAULT_LIMITS, refText } from './entity.ts'
import { errorText, isFault, RuntimeFault } from './fault.ts'
import type { EntityFields, Fence, StoredEntity, Store } from './ports.ts'
import { foldStored, newestShapeOf } from './stored.ts'

export interface Resident {
  readonly ref: EntityRef
  readonly definition: AnyEntityDefinition
  state: unknown
  version: number
  snapshotVersion: number
  /** The newest version of a shape among what its recovery needs. */
  newestShape: number
  trimmedTo: number
  fields: EntityFields | null
  /** Name → generation of each timer that is set. */
  readonly timers: Map<string, string>
  usedAtMs: number
}

export interface ResidentsOptions {
  readonly shard: number
  readonly store: Store
  readonly definitions: ReadonlyMap<string, AnyEntityDefinition>
  /** Shared by all shards of a node: how many loads run at once. */
  readonly loads: Capacity
  readonly residentsMax: number
  readonly idleTimeoutMs: number
}

export class Residents {
  /** In the order of their last use, the longest unused first. */
  readonly #byKey = new Map<string, Resident>()
  readonly #options: ResidentsOptions

  constructor(options: ResidentsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#byKey.size
  }

  /** Loads those that aren't in memory yet, in one read. Faults of single entities show when they are asked for. */
  async prefetch(refs: readonly EntityRef[], fence: Fence): Promise<void> {
    const missing = new Map<string, EntityRef>()
    for (const ref of refs)
      if (!this.#byKey.has(refText(ref)) && this.#options.definitions.has(ref.kind)) missing.set(refText(ref), ref)
    if (missing.size === 0) return
    const wanted = [...missing.values()]
    const stored = await this.#options.loads.run(() => this.#options.store.load(this.#options.shard, wanted, fence))
    wanted.forEach((ref, index) => {
      try {
        this.#byKey.set(refText(ref), this.#activate(ref, stored[index]))
      } catch (error) {
        // `get` meets the same fault again, for the message that it belongs to.
        if (!isFault(error)) throw error
      }
    })
  }

  /**
   * @throws {RuntimeFault} `unknown-kind`, `newer-version`, `unreadable`, `handler-failed`: this entity can't be had;
   * anything else: the store can't
   */
  async get(ref: EntityRef, nowMs: number, fence: Fence): Promise<Resident> {
    const key = refText(ref)
    let resident = this.#byKey.get(key)
    if (!resident) {
      const [stored] = await this.#options.loads.run(() => this.#options.store.load(this.#options.shard, [ref], fence))
      resident = this.#activate(ref, stored)
    }
    this.#byKey.delete(key)
    this.#byKey.set(key, resident)
    resident.usedAtMs = nowMs
    return resident
  }

  /** Lets those go that nobody used for long, and the longest unused beyond the limit. Called between commits. */
  passivate(nowMs: number): void {
    for (const [key, resident] of this.#byKey) {
      const idle = nowMs - resident.usedAtMs >= this.#options.idleTimeoutMs
      if (!idle && this.#byKey.size <= this.#options.residentsMax) return
      this.#byKey.delete(key)
    }
  }

  forget(ref: EntityRef): void {
    this.#byKey.delete(refText(ref))
  }

  clear(): void {
    this.#byKey.clear()
  }

  #activate(ref: EntityRef, stored: StoredEntity | undefined): Resident {
    const definition = this.#options.definitions.get(ref.kind)
    if (!definition)
      throw new RuntimeFault('unknown-kind', `no entity of kind ${ref.kind} runs here`, { address: refText(ref) })
    let state: unknown
    try {
      state = stored ? foldStored(definition, stored) : (definition.initial(ref.id) as unknown)
    } catch (cause) {
      if (isFault(cause)) throw cause
      throw new RuntimeFault('handler-failed', `${refText(ref)} can't be recovered: ${errorText(cause)}`, {
        address: refText(ref),
        cause,
      })
    }
    const snapshotVersion = stored?.snapshot?.version ?? 0
    const { historyEventsMax } = { ...DEFAULT_LIMITS, ...definition.limits }
    return {
      ref,
      definition,
      state,
      version: stored?.version ?? 0,
      snapshotVersion,
      newestShape: stored && definition.rollout ? newestShapeOf(stored) : 0,
      // The commit that wrote the snapshot trimmed up to here.
      trimmedTo: Math.max(0, snapshotVersion - historyEventsMax),
      fields: stored?.fields ?? null,
      timers: new Map(stored?.timers.map((timer) => [timer.name, timer.generation])),
      usedAtMs: 0,
    }
  }
}
