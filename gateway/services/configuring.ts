/** What HTTP makes of a service's configuration: entity tags that are its version, and refusals that help. */
import type { ConfigurationProblem } from '../../actors/service/configurable.ts'
import type { Reply } from '../../runtime/entity.ts'
import { nearestNames } from '../hints.ts'
import { Problem, badRequest } from '../problem.ts'
import { accepted } from '../refusals.ts'

export const entityTag = (version: number): string => `"${version}"`

/** The version that must still be stored; `undefined`: whichever is. @throws {Problem} 400 */
export const expectedVersionOf = (ifMatch: string | undefined): number | undefined => {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  const version = /^"(\d{1,15})"$/.exec(ifMatch.trim())?.[1]
  if (version !== undefined) return Number(version)
  throw badRequest('invalid-if-match', 'If-Match must be * or one ETag of a configuration as it came, such as "3"')
}

/** @throws {Problem} 412 if another version is stored by now; 400 that names every wrong setting */
export const configured = <Value>(reply: Reply<Value>, settings: readonly string[]): Value => {
  if (reply.ok) return reply.value
  const { code, reason, details } = reply.rejection
  if (code === 'configuration-conflict')
    throw new Problem({ status: 412, code, message: reason, ...(details ? { details } : {}) })
  if (code === 'invalid-configuration')
    throw badRequest(code, reason, { problems: withHints(details?.['problems'], settings), settings })
  return accepted(reply, 'rest')
}

const withHints = (problems: unknown, settings: readonly string[]) =>
  (problems as readonly ConfigurationProblem[]).map((problem) => ({
    ...problem,
    ...(settings.includes(problem.key) ? {} : { nearest: nearestNames(problem.key, settings) }),
  }))
