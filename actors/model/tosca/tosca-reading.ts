/** What is found while a template is read or changed. Errors and warnings are counted apart: warnings hide no error. */
import type { Finding } from '../descriptor.ts'
import { shortFinding } from '../finding-text.ts'
import { formatPath, type Path } from '../json-path.ts'
import { FINDINGS_MAX, type Reading } from '../reading.ts'
import { nearestHint } from '../spelling.ts'

/** Path, file, line and column of what stands at a path of the template. */
export type Locate = (path: Path, what: 'key' | 'value') => Pick<Finding, 'path' | 'file' | 'line' | 'column'>

const withoutText: Locate = (path) => ({ path: formatPath(path) })

/** Keeps the first 100 errors and the first 100 warnings. */
export function createToscaReading(locate: Locate = withoutText): Reading {
  const findings: Finding[] = []
  const counts = { error: 0, warning: 0 }
  const add = (severity: Finding['severity'], path: Path, remark: Parameters<Reading['error']>[1]): void => {
    if (counts[severity] >= FINDINGS_MAX) return
    counts[severity] += 1
    const { code, message, hint, atKey } = remark
    const place = locate(path, atKey === true ? 'key' : 'value')
    findings.push(shortFinding({ severity, code, message, ...(hint === undefined ? {} : { hint }), ...place }))
  }
  return {
    findings,
    error: (path, remark) => add('error', path, remark),
    warning: (path, remark) => add('warning', path, remark),
  }
}

/** Later findings get none: to look for the nearest of thousands of names takes longer than all else. */
const HINTS_MAX = 20

/** "did you mean 'x'?", or nothing. */
export function nameHint(reading: Reading | undefined, name: string, known: Iterable<string>): string | undefined {
  return reading === undefined || reading.findings.length >= HINTS_MAX ? undefined : nearestHint(name, known)
}

export const hasErrors = (findings: readonly Finding[]): boolean =>
  findings.some(({ severity }) => severity === 'error')

/** In the order of the text, as far as there is one. */
export const inTextOrder = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))

/** The same reading, with everything found at one place: for values that stand elsewhere than where they are used. */
export const pinnedTo = (reading: Reading, path: Path): Reading => ({
  findings: reading.findings,
  error: (_, remark) => reading.error(path, { ...remark, atKey: false }),
  warning: (_, remark) => reading.warning(path, { ...remark, atKey: false }),
})
