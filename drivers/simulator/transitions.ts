/**
 * What may be done to a simulated object, by its state: the simulator refuses what a real infrastructure would, and so
 * finds orders that come in the wrong sequence. Pure.
 */
import type { DriverReport } from '../protocol.ts'

export type ObjectState = 'Created' | 'Installed' | 'Inactive' | 'Active' | null

interface Step {
  readonly from: readonly ObjectState[]
  readonly to: ObjectState
}

const STEPS: ReadonlyMap<string, Step> = new Map<string, Step>([
  ['Create', { from: [null], to: 'Created' }],
  ['Install', { from: ['Created'], to: 'Installed' }],
  ['Configure', { from: ['Installed'], to: 'Inactive' }],
  ['Start', { from: ['Inactive'], to: 'Active' }],
  ['Integrity', { from: ['Active'], to: 'Active' }],
  ['Reconfigure', { from: ['Active'], to: 'Active' }],
  ['Stop', { from: ['Active'], to: 'Inactive' }],
  ['Uninstall', { from: ['Inactive', 'Installed'], to: 'Created' }],
  ['Delete', { from: ['Created'], to: null }],
])

export const FIND_REFERENCE = 'FindReference'

export interface ObjectCondition {
  readonly state: ObjectState
  /**
   * The latest transition failed, or was never answered in time, or the object vanished: whoever asks can't know the
   * state. Then what was asked for and is already so is no error, and tearing down works from anywhere.
   */
  readonly doubtful: boolean
}

export type Verdict =
  | { readonly type: 'do'; readonly to: ObjectState }
  /** It is already as it is asked to be: complete, and nothing is done. */
  | { readonly type: 'already' }
  | { readonly type: 'wrong'; readonly failure: NonNullable<DriverReport['failure']> }

/** @param declared the transitions that the resource type declares; `undefined`: unknown, so only existence is checked */
export const judge = (
  object: ObjectCondition,
  transition: string,
  declared: readonly string[] | undefined,
): Verdict => {
  const { state, doubtful } = object
  if (transition === FIND_REFERENCE) return { type: 'do', to: 'Active' }
  const step = STEPS.get(transition)
  if (!step)
    return [...reachable(state, declared)].some((reached) => reached !== null)
      ? { type: 'do', to: state }
      : absent(transition)
  // Nearly always the first question settles it.
  if (step.from.includes(state) || step.from.some((from) => reachable(state, declared).has(from)))
    return { type: 'do', to: settled(step.to, declared) }
  if (doubtful && state === settled(step.to, declared)) return { type: 'already' }
  // A smoke test that failed has left doubt whether it runs: the next one may find that it does.
  if (doubtful && transition === 'Integrity' && state === 'Inactive') return { type: 'do', to: 'Active' }
  if (doubtful && isTeardown(transition)) return state === null ? { type: 'already' } : { type: 'do', to: step.to }
  if (transition === 'Create')
    return wrong('RESOURCE_ALREADY_EXISTS', `Create: the object exists already, in state ${String(state)}`)
  if (state === null) return absent(transition)
  if (declared === undefined) return { type: 'do', to: step.to }
  return wrong(
    'INFRASTRUCTURE_ERROR',
    `${transition} needs state ${step.from.join(' or ')}, but the object is ${state}`,
  )
}

/** A relationship's operation: it says nothing about the state. */
export const isOperation = (transition: string): boolean => transition !== FIND_REFERENCE && !STEPS.has(transition)

export const isTeardown = (transition: string): boolean => transition === 'Uninstall' || transition === 'Delete'

/** States that the object may be in by now, if transitions that nobody calls have taken place. */
const reachable = (state: ObjectState, declared: readonly string[] | undefined): ReadonlySet<ObjectState> => {
  const reached = new Set([state])
  if (declared === undefined) {
    // Types without Create are common in older descriptors: there, Install makes the object.
    if (state === null) reached.add('Created')
    return reached
  }
  for (let size = 0; size !== reached.size;) {
    size = reached.size
    for (const [name, step] of STEPS)
      if (!declared.includes(name) && step.from.some((from) => reached.has(from))) reached.add(step.to)
  }
  return reached
}

/** A state that can't be told from absence (only undeclared transitions lie between) is absence. */
const settled = (state: ObjectState, declared: readonly string[] | undefined): ObjectState => {
  // Only Delete leads to absence.
  if (declared === undefined || declared.includes('Delete')) return state
  return reachable(state, declared).has(null) && reachable(null, declared).has(state) ? null : state
}

const wrong = (code: NonNullable<DriverReport['failure']>['code'], description: string): Verdict => ({
  type: 'wrong',
  failure: { code, description },
})

const absent = (transition: string): Verdict =>
  wrong('RESOURCE_NOT_FOUND', `${transition}: there is no such object in the simulated infrastructure`)
