/**
 * The version of what nodes write for each other: messages, events, snapshots. The system's record in the store says in
 * which version everybody writes; each node reads from the oldest to its own newest. So a release is rolled out in two
 * steps: first its nodes take the place of the older ones, still writing as those do; then, when all of them know it, an
 * operator raises the system's version.
 *
 * 1  the first
 * 2  a message says until when its asker waits, and names the asker's node once (`message.ts`)
 *
 * What an entity stores has versions of its own, tied to these by its definition's `rollout`.
 */
import { errorText, isFault, RuntimeFault } from './fault.ts'
import type { Clock, Store, SystemRecord } from './ports.ts'

export const PROTOCOL_OLDEST = 1
export const PROTOCOL_NEWEST = 2

/** Releases follow each other one by one: a version further ahead than this is no version but broken bytes. */
const AHEAD_MAX = 8

/**
 * What to say of stored or sent bytes whose version this node doesn't read.
 * @returns `newer-version` if a newer release may have written it, else `unreadable`
 */
export const unknownVersion = (what: string, version: number, newest: number, address = ''): RuntimeFault =>
  Number.isInteger(version) && version > newest && version <= newest + AHEAD_MAX
    ? new RuntimeFault(
        'newer-version',
        `${what} of version ${version} was written by a newer release; this node reads up to version ${newest}: upgrade it`,
        { address },
      )
    : new RuntimeFault('unreadable', `${what} of version ${version}, which no release has written`, { address })

/** What the parts of a node need to know. */
export interface Spoken {
  /** The newest version that this node reads. */
  readonly reads: number
  /** The version to write in, now. */
  readonly writes: () => number
}

/** What a node says of itself. */
export interface ProtocolStatus {
  readonly oldest: number
  readonly newest: number
  /** In which this node writes now. */
  readonly writes: number
  /** Of the system, as the store had it last; undefined before the start. */
  readonly system: number | undefined
}

export interface ProtocolWatchOptions {
  readonly store: Store
  readonly clock: Clock
  readonly shards: number
  readonly newest: number
  readonly everyMs: number
  /** The system's version has left what this node speaks (a fault) or is within it again. */
  readonly onRange: (outOfRange: RuntimeFault | undefined) => void
  /** How long the store may not answer before `onAway` is told; 0: it never is. */
  readonly storeAwayMs: number
  /** The store has not answered for too long (a fault), or answers again. */
  readonly onAway: (away: RuntimeFault | undefined) => void
}

/** Follows the system's version while a node runs, and by that notices when the store doesn't answer any more. */
export class ProtocolWatch {
  readonly #options: ProtocolWatchOptions
  #system: number | undefined
  /** When the first look that wasn't answered began. */
  #unansweredSinceMs: number | undefined
  #isAway = false
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(options: ProtocolWatchOptions) {
    this.#options = options
  }

  /** The system's version, or the nearest that this node speaks. */
  get writes(): number {
    const { newest } = this.#options
    return Math.min(newest, Math.max(PROTOCOL_OLDEST, this.#system ?? PROTOCOL_OLDEST))
  }

  get status(): ProtocolStatus {
    return { oldest: PROTOCOL_OLDEST, newest: this.#options.newest, writes: this.writes, system: this.#system }
  }

  /** Sets the system up if it is new. @throws {RuntimeFault} `newer-version` if this node can't speak its version */
  async start(): Promise<SystemRecord> {
    const record = await this.#read()
    const fault = this.#outOfRange(record.protocol)
    if (fault) throw fault
    this.#system = record.protocol
    this.#watch()
    return record
  }

  /**
   * Lets the whole system write in version `to`, if it writes in `expected` now (absent: in whichever).
   * @returns false if it doesn't, or if somebody else changed it at the same time
   * @throws {RuntimeFault} `newer-version` if this node doesn't speak that version
   */
  async change(to: number, expected?: number): Promise<boolean> {
    const { newest, store } = this.#options
    if (!Number.isInteger(to) || to < PROTOCOL_OLDEST || to > newest)
      throw new RuntimeFault(
        'newer-version',
        `this node speaks protocol ${PROTOCOL_OLDEST} to ${newest}, not ${to}: ask one that does`,
      )
    const { protocol: from } = await this.#read()
    if (expected !== undefined && expected !== from) return false
    const isChanged = from === to || (await store.changeProtocol(from, to))
    await this.#look()
    return isChanged
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #watch(): void {
    if (this.#stopped) return
    this.#cancel = this.#options.clock.schedule(this.#options.everyMs, () => {
      const startedMs = this.#options.clock.now()
      void this.#look()
        .then(
          () => this.#noteAnswer(),
          (error: unknown) => this.#noteSilence(startedMs, error),
        )
        .then(() => this.#watch())
    })
  }

  #noteAnswer(): void {
    this.#unansweredSinceMs = undefined
    if (!this.#isAway || this.#stopped) return
    this.#isAway = false
    this.#options.onAway(undefined)
  }

  #noteSilence(startedMs: number, error: unknown): void {
    const { clock, storeAwayMs, onAway } = this.#options
    this.#unansweredSinceMs ??= startedMs
    const silentMs = clock.now() - this.#unansweredSinceMs
    if (storeAwayMs === 0 || this.#isAway || this.#stopped || silentMs < storeAwayMs) return
    this.#isAway = true
    onAway(new RuntimeFault('unavailable', `no answer from the store for ${silentMs} ms: ${errorText(error)}`))
  }

  async #look(): Promise<void> {
    const { protocol } = await this.#read()
    if (this.#stopped || protocol === this.#system) return
    this.#system = protocol
    this.#options.onRange(this.#outOfRange(protocol))
  }

  #read(): Promise<SystemRecord> {
    const { store, shards, newest } = this.#options
    return store.setUp({ shards, protocol: newest })
  }

  #outOfRange(protocol: number): RuntimeFault | undefined {
    const { newest } = this.#options
    if (protocol >= PROTOCOL_OLDEST && protocol <= newest) return undefined
    const what = `this system writes protocol ${protocol}; this node speaks ${PROTOCOL_OLDEST} to ${newest}`
    const right =
      protocol > newest ? 'run a newer release' : 'run an older release, or raise the protocol of the system'
    return new RuntimeFault('newer-version', `${what}: ${right}`)
  }
}

/** Whoever meets this must leave the work to a node of a newer release. */
export const isForNewer = (error: unknown): error is RuntimeFault => isFault(error, 'newer-version')
