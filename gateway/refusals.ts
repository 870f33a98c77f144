/** What a refusal of an entity means over HTTP. */
import type { Rejection, Reply } from '../runtime/entity.ts'
import { Problem } from './problem.ts'

/**
 * `rest`: the path named the thing (404 if it isn't there). `rpc`: the body did (400, as clients of the lifecycle API
 * expect it of intents).
 */
export type CallStyle = 'rest' | 'rpc'

/** Something else is going on that will end by itself: the same request may be accepted later. */
const BUSY = /(^|-)(process-running|process-in-progress|busy|in-use|running|in-progress|conflict)(-|$)/
const REUSED_KEY = /idempotency/

const statusOf = (code: string, style: CallStyle): 400 | 404 | 409 | 422 => {
  if (REUSED_KEY.test(code)) return 422
  if (BUSY.test(code)) return 409
  if (code.endsWith('-not-found')) return style === 'rest' ? 404 : 400
  if (code.endsWith('-exists')) return style === 'rest' ? 409 : 400
  return 400
}

export const problemOfRejection = ({ code, reason, details }: Rejection, style: CallStyle): Problem => {
  const status = statusOf(code, style)
  return new Problem({ status, code, message: reason, ...(details ? { details } : {}) })
}

/** The value of a reply. @throws {Problem} if it was refused */
export const accepted = <Value>(reply: Reply<Value>, style: CallStyle): Value => {
  if (reply.ok) return reply.value
  throw problemOfRejection(reply.rejection, style)
}
