/** Reads of what is stored, for the edges: the same fold as in the shard, over a snapshot and the events after it. */
import type { DeadLetterView, EntityView, HistoryEvent, Queries } from './client.ts'
import type { AnyEntityDefinition, EntityRef, Waiting } from './entity.ts'
import { refText } from './entity.ts'
import { isFault, RuntimeFault } from './fault.ts'
import { decodeMessage } from './message.ts'
import type { EntityFields, ListQuery, ListRow, Store, StoreCounts, StoredEntity } from './ports.ts'
import type { Placement } from './shard-of.ts'
import { decodeHistoryEvent, foldStored } from './stored.ts'

export class StoreQueries implements Queries {
  readonly kinds: ReadonlyMap<string, AnyEntityDefinition>
  readonly #store: Store
  readonly #placement: Placement

  constructor(store: Store, kinds: ReadonlyMap<string, AnyEntityDefinition>, placement: Placement) {
    this.#store = store
    this.kinds = kinds
    this.#placement = placement
  }

  async entity<State>(ref: EntityRef): Promise<EntityView<State> | undefined> {
    const [view] = await this.entities<State>([ref])
    return view
  }

  async entities<State>(refs: readonly EntityRef[]): Promise<readonly (EntityView<State> | undefined)[]> {
    const found = await this.#byShard(refs, (shard, keys) => this.#store.load(shard, keys))
    return found.map((stored) => stored && this.#view<State>(stored))
  }

  async fields(refs: readonly EntityRef[]): Promise<readonly (EntityFields | null | undefined)[]> {
    return this.#byShard(refs, (shard, keys) => this.#store.fields(shard, keys))
  }

  list(query: ListQuery): Promise<readonly ListRow[]> {
    return this.#store.list(query)
  }

  async history(
    ref: EntityRef,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly HistoryEvent[]> {
    const definition = this.#definition(ref.kind)
    const rows = await this.#store.history(this.#placement.shardOf(ref), { ...ref, ...page })
    return rows.map((row) => decodeHistoryEvent(definition, row.version, row.value))
  }

  async waiting(ref: EntityRef): Promise<readonly Waiting[] | undefined> {
    const view = await this.entity<unknown>(ref)
    if (!view) return undefined
    const waiting: readonly Waiting[] = this.#definition(ref.kind).waiting?.(view.state) ?? []
    const timers = view.timers.map((timer): Waiting => ({
      kind: 'timer',
      for: `the timer ${timer.name}`,
      next: { what: `${refText(ref)} gets what the timer ${timer.name} says`, atMs: timer.dueMs },
    }))
    return [...waiting, ...timers]
  }

  deadLetters(query: { readonly shard?: number; readonly limit: number }): ReturnType<Store['deadLetters']> {
    return this.#store.deadLetters(query)
  }

  async deadLetter(id: string): Promise<DeadLetterView | undefined> {
    const row = await this.#store.deadLetter(id)
    if (!row) return undefined
    try {
      const message = decodeMessage(row.value)
      return { ...row, message: message.body, sender: message.sender, trace: message.trace }
    } catch (error) {
      if (isFault(error)) return row
      throw error
    }
  }

  counts(): Promise<StoreCounts> {
    return this.#store.counts()
  }

  /** In the order of `refs`. */
  async #byShard<Found>(
    refs: readonly EntityRef[],
    read: (shard: number, keys: readonly EntityRef[]) => Promise<readonly (Found | undefined)[]>,
  ): Promise<readonly (Found | undefined)[]> {
    const byShard = new Map<number, number[]>()
    refs.forEach((ref, index) => {
      this.#definition(ref.kind)
      const shard = this.#placement.shardOf(ref)
      const indexes = byShard.get(shard)
      if (indexes) indexes.push(index)
      else byShard.set(shard, [index])
    })
    const found: (Found | undefined)[] = refs.map(() => undefined)
    // Each shard is another round trip.
    const readShard = async ([shard, indexes]: readonly [number, readonly number[]]): Promise<void> => {
      const keys = indexes.map((index) => refs[index] as EntityRef)
      const itsFound = await read(shard, keys)
      indexes.forEach((index, at) => (found[index] = itsFound[at]))
    }
    await Promise.all([...byShard].map(readShard))
    return found
  }

  #view<State>(stored: StoredEntity): EntityView<State> {
    return {
      state: foldStored(this.#definition(stored.kind), stored) as State,
      version: stored.version,
      timers: stored.timers.map(({ name, dueMs }) => ({ name, dueMs })),
    }
  }

  #definition(kind: string): AnyEntityDefinition {
    const definition = this.kinds.get(kind)
    if (!definition) throw new RuntimeFault('unknown-kind', `no entity of kind ${kind} runs here`, { address: kind })
    return definition
  }
}
