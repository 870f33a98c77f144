/**
 * The little language of `sim_fail`, `sim_silent` and `sim_refuse`: a list of `<transition>[:<n>|:always][=<CODE>]`.
 * `Install` means the first time, `Install:2` the first two times, `Install:always` each time, `*` any transition.
 */
import { z } from 'zod'
import { failureCode, type FailureCode } from '../protocol.ts'

export interface ScriptedTimes {
  /** How many times, counted per resource and transition. `Infinity`: always. */
  readonly times: number
}

export interface TransitionTimes extends ScriptedTimes {
  readonly transition: string
  readonly code: FailureCode | undefined
}

const ENTRY = /^(\*|[A-Za-z][\w-]*)(?::(\d{1,6}|always))?(?:=([A-Z_]+))?$/

/** Particular transitions before `*`, so that the first match is the right one. `none` overrides a default by nothing. */
export const scriptedTimes = z.string().transform((text, context): readonly TransitionTimes[] => {
  if (text.trim() === 'none') return []
  const entries = text.split(',').map((part): TransitionTimes | undefined => {
    const [, transition, count = '1', codeText] = ENTRY.exec(part.trim()) ?? []
    const code = failureCode.safeParse(codeText)
    if (transition === undefined || (codeText !== undefined && !code.success)) {
      context.addIssue({
        code: 'custom',
        message:
          `'${part.trim()}' isn't <transition>[:<n>|:always][=<code>], for instance Install:2=INSUFFICIENT_CAPACITY ` +
          `(codes: ${failureCode.options.join(', ')})`,
      })
      return undefined
    }
    return { transition, times: count === 'always' ? Infinity : Number(count), code: code.data }
  })
  return entries
    .filter((entry) => entry !== undefined)
    .sort((a, b) => Number(a.transition === '*') - Number(b.transition === '*'))
})
