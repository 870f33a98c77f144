/**
 * Faults of the runtime. A business refusal is never thrown (see `Rejection` in `entity.ts`); a fault is, and carries
 * what its reader needs: the supervisor looks at `retryable`, the gateway at `code`. Nobody reads message texts.
 */
export type FaultCode =
  | 'token-lost' // another owner has acquired the shard
  | 'offset-differs' // the store is at another offset than this owner believes
  | 'offset-out-of-range' // the log no longer holds the record that is to be read next
  | 'partitions-differ' // a topic or system exists with another number of partitions
  | 'unavailable' // log or store can't be reached or failed; the outcome may be unknown
  | 'unreadable' // bytes that no codec here can decode
  | 'newer-version' // stored or sent by a newer release than this one
  | 'invalid-message' // a message whose shape its entity doesn't accept
  | 'unknown-kind' // no entity of this kind runs here
  | 'handler-failed' // an entity's decide, evolve or react threw
  | 'limit-exceeded' // a bound of the runtime was hit
  | 'overloaded' // too much in flight; try later
  | 'deadline-exceeded' // no reply in time; whether the message was handled is unknown
  | 'closed' // the node is stopping
  | 'in-use' // another process holds the data

const RETRYABLE: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'token-lost',
  'offset-differs',
  'unavailable',
  'overloaded',
  'deadline-exceeded',
])

export class RuntimeFault extends Error {
  readonly code: FaultCode
  readonly retryable: boolean
  /** Whom it concerns: an entity (`kind/id`), a shard (`shard 7`) or a topic. */
  readonly address: string

  constructor(code: FaultCode, message: string, options: { address?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'RuntimeFault'
    this.code = code
    this.retryable = RETRYABLE.has(code)
    this.address = options.address ?? ''
  }
}

export const isFault = (error: unknown, ...codes: readonly FaultCode[]): error is RuntimeFault =>
  error instanceof RuntimeFault && (codes.length === 0 || codes.includes(error.code))

/** A message that can't be handled, however often it is sent. */
export const isHopeless = (error: unknown): boolean =>
  isFault(error, 'unreadable', 'invalid-message', 'handler-failed', 'unknown-kind', 'limit-exceeded')

/** The text of anything that was thrown. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))
