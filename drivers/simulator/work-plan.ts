/** What will come of a request: decided when it is taken on, so that a restart changes nothing about it. Pure. */
import { placementOfText, PLACEMENTS } from '../../runtime/placement.ts'
import type { DriverRequest, PropertyValues } from '../protocol.ts'
import type { SimulatedObject, WorkRecord } from './infrastructure-store.ts'
import { plausibleOutput } from './outputs.ts'
import type { Behaviour, DurationRange } from './script.ts'
import type { ScriptedTimes } from './scripted-times.ts'
import { FIND_REFERENCE, judge } from './transitions.ts'

export interface PlannedWork {
  readonly record: WorkRecord
  /** The object's attempts, this one counted where the script counts; the same object where it doesn't. */
  readonly attempts: SimulatedObject['attempts']
}

const ALWAYS = -1

export const plannedWork = (
  request: DriverRequest,
  behaviour: Behaviour,
  object: SimulatedObject,
  nowMs: number,
  trace?: string,
): PlannedWork => {
  const { requestId, resourceId, resourceName, transition, deadlineMs } = request
  let { attempts } = object
  /** How many of the scripted times are left, this one included. */
  const remaining = (kind: 'fail' | 'refuse' | 'silent', scripted: ScriptedTimes | undefined): number => {
    if (!scripted) return 0
    if (scripted.times === Infinity) return ALWAYS
    const before = attempts[`${kind}/${transition}`] ?? 0
    attempts = counted(attempts, kind, transition)
    return Math.max(0, scripted.times - before)
  }
  const dueMs = nowMs + pick(behaviour.delay, `${requestId}/delay`)
  const work: WorkRecord = {
    requestId,
    resourceId,
    resourceName,
    transition,
    ...(request.declaredTransitions && { declared: request.declaredTransitions }),
    deadlineMs,
    ...(trace !== undefined && { trace }),
    dueMs,
    answerMs: dueMs + pick(behaviour.late, `${requestId}/late`),
    repeat: behaviour.repeat,
    silences: 0,
    outputs: {},
    answered: false,
  }
  if (behaviour.refuse && remaining('refuse', behaviour.refuse) !== 0) {
    const refusal = { code: behaviour.refuse.code, description: `${transition} is refused, as sim_refuse says` }
    return { record: { ...work, outcome: { refusal }, answered: true }, attempts }
  }
  work.silences = remaining('silent', behaviour.silent)
  // Also judged when it is carried out; here, so that what comes too early isn't saved by its own delay.
  const verdict = judge(object, transition, request.declaredTransitions)
  if (verdict.type === 'wrong') work.failure = verdict.failure
  else if (behaviour.fail && remaining('fail', behaviour.fail) !== 0)
    work.failure = { code: behaviour.fail.code, description: `${transition} fails, as sim_fail says`, scripted: true }
  else work.outputs = outputsOf(request, behaviour)
  return { record: work, attempts }
}

export const counted = (
  attempts: SimulatedObject['attempts'],
  kind: 'fail' | 'refuse' | 'silent',
  transition: string,
): SimulatedObject['attempts'] => ({
  ...attempts,
  [`${kind}/${transition}`]: (attempts[`${kind}/${transition}`] ?? 0) + 1,
})

/** The transition that brings a resource into being gives its outputs; each one gives those scripted for itself. */
const outputsOf = (request: DriverRequest, behaviour: Behaviour): PropertyValues => {
  if (!givesOutputs(request)) return behaviour.outputsNow
  const plausible = (request.outputNames ?? []).map(
    (name) => [name, plausibleOutput(request.resourceId, name)] as const,
  )
  return { ...Object.fromEntries(plausible), ...behaviour.outputs, ...behaviour.outputsNow }
}

const givesOutputs = ({ transition, declaredTransitions }: DriverRequest): boolean => {
  if (transition === 'Create' || transition === 'Install' || transition === FIND_REFERENCE) return true
  if (!declaredTransitions || declaredTransitions.includes('Create') || declaredTransitions.includes('Install'))
    return false
  return transition === 'Configure' || transition === 'Start'
}

/** The same for a request each time. */
const pick = ({ minMs, maxMs }: DurationRange, seed: string): number =>
  minMs === maxMs ? minMs : minMs + Math.floor((placementOfText(seed) / PLACEMENTS) * (maxMs - minMs + 1))
