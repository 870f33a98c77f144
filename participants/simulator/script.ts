/** How the simulated participant is to misbehave: a script for an element, for a type of elements, or for all. Pure. */
import { z } from 'zod'
import type { Operation } from '../intermediary/steps.ts'

const DELAY_MS_MAX = 24 * 3_600_000
const delayMs = z.number().int().min(0).max(DELAY_MS_MAX)
const times = z.union([z.number().int().min(0), z.literal('always')])

export const script = z.strictObject({
  /** How long an operation takes; of two, any time between them. */
  delayMs: z
    .union([delayMs, z.tuple([delayMs, delayMs]).refine(([least, most]) => least <= most, 'the smaller one first')])
    .exactOptional(),
  /** How often an operation fails before it succeeds, counted per element and operation. */
  failTimes: times.exactOptional(),
  failMessage: z.string().max(1_000).exactOptional(),
  /** How often an operation is done and its answer gets lost, counted as failures are. `always`: repeated answers, too. */
  silentTimes: times.exactOptional(),
  /** The operations that it is about. Default: all. */
  operations: z
    .array(z.enum(['instantiate', 'run', 'passivate', 'uninstantiate']))
    .min(1)
    .exactOptional(),
})
export type Script = z.infer<typeof script>

export const isAbout = ({ operations }: Script, operation: Operation): boolean =>
  operations === undefined || operations.includes(operation)

/** @param random in [0, 1) */
export const delayOf = ({ delayMs: given = 0 }: Script, random: number): number => {
  if (typeof given === 'number') return given
  const [least, most] = given
  return Math.floor(least + random * (most - least + 1))
}

export const isWithin = (count: number, given: Script['failTimes']): boolean =>
  given === 'always' || count < (given ?? 0)
