/** Asks and reads, each with a deadline; what goes wrong with them becomes a `Problem` that says what to do. */
import type { RuntimeClient } from '../runtime/client.ts'
import type { EntityRef, Reply, Tagged } from '../runtime/entity.ts'
import { isFault, type RuntimeFault } from '../runtime/fault.ts'
import type { Clock } from '../runtime/ports.ts'
import type { GatewayConfig } from './config.ts'
import { Problem, type ProblemFields } from './problem.ts'

/** Seconds after which trying again makes sense. */
const RETRY_AFTER = { 'Retry-After': '1' }

const UNKNOWN_OUTCOME = {
  outcome: 'unknown',
  again:
    'it may have been accepted, or may yet be: look for it (GET), or send the same request again; an intent with the ' +
    'same Idempotency-Key is never carried out twice',
}

const faultFields = (fault: RuntimeFault): Omit<ProblemFields, 'code' | 'cause'> => {
  switch (fault.code) {
    case 'deadline-exceeded':
      return { status: 504, message: 'no answer in time', details: UNKNOWN_OUTCOME, headers: RETRY_AFTER }
    case 'overloaded':
      return {
        status: 429,
        message: 'too much is in flight; nothing was done',
        details: { outcome: 'not accepted' },
        headers: RETRY_AFTER,
      }
    case 'closed':
      return {
        status: 503,
        message: 'this node is stopping',
        details: UNKNOWN_OUTCOME,
        headers: RETRY_AFTER,
      }
    case 'token-lost':
    case 'offset-differs':
    case 'offset-out-of-range':
    case 'partitions-differ':
    case 'in-use':
    case 'unavailable':
      return { status: 503, message: 'store or log is unavailable', details: UNKNOWN_OUTCOME, headers: RETRY_AFTER }
    case 'newer-version':
      return {
        status: 503,
        message: 'what is stored was written by a newer release than this node runs',
        headers: { 'Retry-After': '60' },
      }
    case 'limit-exceeded':
      return { status: 422, message: `a limit of the runtime was reached: ${fault.message}` }
    case 'invalid-message':
      return { status: 422, message: `not accepted by ${fault.address || 'its entity'}: ${fault.message}` }
    case 'unreadable':
    case 'unknown-kind':
    case 'handler-failed':
      return {
        status: 500,
        message: 'it could not be handled; what was sent is kept as a dead letter',
        details: { deadLetters: '/api/runtime/dead-letters' },
      }
  }
}

/** What anything thrown by the runtime means to whoever sent the request. Not a fault: thrown on as it is. */
export const problemOfFault = (thrown: unknown): unknown =>
  isFault(thrown) ? new Problem({ ...faultFields(thrown), code: thrown.code, cause: thrown }) : thrown

export interface Asking {
  /** Says it and waits, at most `askDeadlineMs`. @throws {Problem} */
  readonly ask: <Value>(to: EntityRef, message: Tagged, trace?: string) => Promise<Reply<Value>>
  /** Waits for a query, at most `readDeadlineMs`. @throws {Problem} */
  readonly read: <Value>(query: Promise<Value>) => Promise<Value>
}

export interface AskingParts {
  readonly client: Pick<RuntimeClient, 'ask'>
  readonly clock: Clock
  readonly config: Pick<GatewayConfig, 'askDeadlineMs' | 'readDeadlineMs'>
}

export const asking = ({ client, clock, config }: AskingParts): Asking => ({
  ask: async (to, message, trace) => {
    const options = { sender: 'api', deadlineMs: config.askDeadlineMs, ...(trace === undefined ? {} : { trace }) }
    try {
      return await client.ask(to, message, options)
    } catch (thrown) {
      throw problemOfFault(thrown)
    }
  },
  read: async (query) => {
    let stop: (() => void) | undefined
    const late = new Promise<never>((_, reject) => {
      stop = clock.schedule(config.readDeadlineMs, () =>
        reject(
          new Problem({
            status: 503,
            code: 'store-slow',
            message: `the store did not answer within ${config.readDeadlineMs} ms`,
            headers: RETRY_AFTER,
          }),
        ),
      )
    })
    try {
      return await Promise.race([query, late])
    } catch (thrown) {
      throw problemOfFault(thrown)
    } finally {
      stop?.()
    }
  },
})
