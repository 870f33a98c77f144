/** What Redis and its client throw, as faults of the runtime. */
import { errorText, RuntimeFault } from '../runtime/fault.ts'

/** Errors that Redis answers before it changes anything, and what they mean to whoever operates it. */
const REFUSALS: Readonly<Record<string, string>> = {
  LOADING: 'it is still reading its data from disk',
  READONLY: 'this server is a replica: a failover is under way, or the address is of no primary',
  OOM: 'its memory is used up (maxmemory with noeviction): nothing can be written until there is more',
  MISCONF: 'it can’t write its data to disk and was told to take no writes then',
  BUSY: 'a script runs for too long',
  MASTERDOWN: 'this replica has lost its primary',
  NOREPLICAS: 'fewer replicas are connected than min-replicas-to-write asks for',
  CLUSTERDOWN: 'the cluster doesn’t serve this shard’s slot now',
  TRYAGAIN: 'the shard’s slot is being moved',
  MOVED: 'the shard’s slot has been moved',
  ASK: 'the shard’s slot is being moved',
  NOAUTH: 'user and password are missing in the URL',
  WRONGPASS: 'user or password is wrong',
  NOPERM: 'the user may not do this',
}

const FIRST_WORD = /^-?([A-Z]+)\b/

/** The error code that Redis put in front of its message. */
export const redisErrorCode = (error: unknown): string => FIRST_WORD.exec(errorText(error))?.[1] ?? ''

/**
 * Always `unavailable`, unless it is a fault already. Whether a write was applied is unknown if the connection broke or
 * the answer didn't come in time; it wasn't if Redis itself refused.
 */
export const redisFault = (error: unknown, address: string): RuntimeFault => {
  if (error instanceof RuntimeFault) return error
  const refusal = REFUSALS[redisErrorCode(error)]
  const message = refusal === undefined ? errorText(error) : `Redis refuses: ${refusal} (${errorText(error)})`
  return new RuntimeFault('unavailable', message, { address, cause: error })
}
