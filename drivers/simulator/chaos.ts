/** Ways in which the simulator as an external driver misbehaves on purpose, as drivers in the field do. */
import { z } from 'zod'

export interface Chaos {
  /** The completion event is in the topic before the call is answered (where the work is done at once). */
  readonly early: boolean
  /** Each event is published so many times. */
  readonly repeat: number
  /** With each event so many of requests that nobody knows. */
  readonly unknown: number
  /** With each event so many that aren't even events. */
  readonly garbage: number
  /** Each so-manieth call is taken on, and then the connection breaks instead of an answer; 0: none. */
  readonly lose: number
  /** Each call is answered with another request id, a repeated one, too; events name all of them. */
  readonly newIds: boolean
  /** Every answer takes this much longer. */
  readonly slowMs: number
}

export const NO_CHAOS: Chaos = { early: false, repeat: 1, unknown: 0, garbage: 0, lose: 0, newIds: false, slowMs: 0 }

const FLAGS = { early: 'early', 'new-ids': 'newIds' } as const
const COUNTS = { repeat: 'repeat', unknown: 'unknown', garbage: 'garbage', lose: 'lose', 'slow-ms': 'slowMs' } as const
const KNOWN = [...Object.keys(FLAGS), ...Object.keys(COUNTS).map((name) => `${name}=<n>`)].join(', ')
const COUNT_MAX = 60_000

/** For instance `early,repeat=2,unknown=1,lose=10`. */
export const chaosSetting = z
  .string()
  .default('')
  .transform((text, context): Chaos => {
    const chaos: Record<string, boolean | number> = { ...NO_CHAOS }
    for (const entry of text.split(',').map((each) => each.trim())) {
      if (entry === '') continue
      const [name = '', count] = entry.split('=')
      const flag = count === undefined && Object.hasOwn(FLAGS, name) ? FLAGS[name as keyof typeof FLAGS] : undefined
      const counted = /^\d{1,5}$/.test(count ?? '') && Object.hasOwn(COUNTS, name) && Number(count) <= COUNT_MAX
      if (flag) chaos[flag] = true
      else if (counted) chaos[COUNTS[name as keyof typeof COUNTS]] = Number(count)
      else
        context.addIssue({ code: 'custom', message: `'${entry}' isn't known; there are ${KNOWN} (up to ${COUNT_MAX})` })
    }
    return chaos as unknown as Chaos
  })
