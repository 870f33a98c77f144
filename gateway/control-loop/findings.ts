/** What is wrong with a service template, or with values in it, as an error: with file, line and column where they are known. */
import type { Finding } from '../../actors/model/descriptor.ts'
import { findingText } from '../lifecycle/descriptors.ts'
import { Problem } from '../problem.ts'

/** 400 that shows the first error in its message and all findings in its details. */
export const problemOfTemplate = (what: string, findings: readonly Finding[], code = 'template-invalid'): Problem => {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const [first] = errors
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new Problem({
    status: 400,
    code,
    message: `${what} is not valid: ${first ? findingText(first) : 'no reason given'}${more}`,
    details: { findings },
  })
}

export const warningsIn = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ severity }) => severity === 'warning')
