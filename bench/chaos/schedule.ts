/**
 * What goes wrong and when, drawn from a seed: the same seed gives the same faults in the same order, with the same
 * victims and for as long. Every kind comes before any comes again, so a run of some minutes has them all.
 */
import { seededRandom } from '../../runtime/simulation/seeded-random.ts'

export const FAULT_KINDS = [
  'kill-node',
  'freeze-node',
  'cut-from-kafka',
  'cut-from-redis',
  'unplug-node',
  'restart-node',
  'restart-kafka',
  'kill-kafka',
  'restart-redis',
  'redis-loses-last-second',
  'suspended-owner-and-redis-loss',
  'kill-driver-worker',
  'kill-simulator',
  'kill-participant',
  'freeze-participant',
  'unplug-participant',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** Those that befall one node, and can befall another at the same time. */
export const NODE_FAULTS = [
  'kill-node',
  'freeze-node',
  'cut-from-kafka',
  'cut-from-redis',
  'unplug-node',
  'restart-node',
] as const satisfies readonly FaultKind[]
export type NodeFault = (typeof NODE_FAULTS)[number]
export const isNodeFault = (kind: FaultKind): kind is NodeFault => NODE_FAULTS.some((each) => each === kind)

export interface Fault {
  readonly kind: FaultKind
  /** Index of the node, driver worker or participant; 0 where there is one only. */
  readonly victim: number
  /** After the step's beginning. */
  readonly delayMs: number
}

/** Faults that begin together or nearly so, are held until all shards are served again, and then healed. */
export interface Step {
  readonly faults: readonly Fault[]
  /** From the last fault's beginning to healing, at least. */
  readonly holdMs: number
  /** Nothing goes wrong before the step for this long. */
  readonly calmMs: number
}

export interface ScheduleOptions {
  readonly seed: number
  readonly nodes: number
  readonly driverWorkers: number
  readonly participants: number
  readonly sessionTimeoutMs: number
  /** Default: all. */
  readonly kinds?: readonly FaultKind[]
}

/** Every so many steps, a second node fails while the first one still does. */
const OVERLAP_CHANCE = 0.25
const OVERLAP_WITHIN_MS = 4_000
const CALM_MS = { least: 1_500, most: 4_000 }
/** Beyond the session timeout, so that the others have taken over when it ends. */
const HOLD_BEYOND_MS = { least: 2_500, most: 4_500 }
const SHORT_HOLD_MS = { least: 500, most: 3_000 }

/** Endless: the run takes as many as it has time for. */
export function* scheduleOf(options: ScheduleOptions): Generator<Step, never> {
  const random = seededRandom(options.seed)
  const below = (count: number): number => Math.floor(random() * count)
  const between = ({ least, most }: { readonly least: number; readonly most: number }): number =>
    least + below(most - least + 1)
  for (;;)
    for (const kind of shuffled(options.kinds ?? FAULT_KINDS, below)) {
      const victim = below(victimsOf(kind, options))
      const faults: Fault[] = [{ kind, victim, delayMs: 0 }]
      // One of three nodes always stays well.
      if (isNodeFault(kind) && options.nodes > 2 && random() < OVERLAP_CHANCE) {
        const second = NODE_FAULTS[below(NODE_FAULTS.length)] as NodeFault
        const other = (victim + 1 + below(options.nodes - 1)) % options.nodes
        faults.push({ kind: second, victim: other, delayMs: below(OVERLAP_WITHIN_MS) })
      }
      yield { faults, holdMs: holdMsOf(kind, options, between), calmMs: between(CALM_MS) }
    }
}

const victimsOf = (kind: FaultKind, { nodes, driverWorkers, participants }: ScheduleOptions): number => {
  if (kind === 'kill-driver-worker') return driverWorkers
  return kind === 'kill-participant' || kind === 'freeze-participant' || kind === 'unplug-participant'
    ? participants
    : nodes
}

const holdMsOf = (
  kind: FaultKind,
  { sessionTimeoutMs }: ScheduleOptions,
  between: (bounds: { readonly least: number; readonly most: number }) => number,
): number => {
  switch (kind) {
    case 'kill-node':
    case 'freeze-node':
    case 'cut-from-kafka':
    case 'cut-from-redis':
    case 'unplug-node':
    case 'suspended-owner-and-redis-loss':
    case 'freeze-participant':
    case 'unplug-participant':
      return sessionTimeoutMs + between(HOLD_BEYOND_MS)
    case 'restart-node':
    case 'restart-kafka':
    case 'kill-kafka':
    case 'restart-redis':
    case 'redis-loses-last-second':
    case 'kill-driver-worker':
    case 'kill-simulator':
    case 'kill-participant':
      return between(SHORT_HOLD_MS)
  }
}

const shuffled = <Value>(values: readonly Value[], below: (count: number) => number): readonly Value[] => {
  const left = [...values]
  return values.map(() => left.splice(below(left.length), 1)[0] as Value)
}
