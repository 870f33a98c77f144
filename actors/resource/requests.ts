/** What a resource asks of drivers, and when it asks again. */
import type { DriverRequest, PropertyValues } from '../../drivers/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import type { ResourceEntityState, ResourceIdentity, ResolvedCall, TaskError, TaskOrder } from './protocol.ts'

/** From stored facts only, so that a repetition after a crash has the same id. */
export const requestIdOf = (resourceId: string, order: Pick<TaskOrder, 'processId' | 'taskId'>, attempt: number) =>
  `${resourceId}:${order.processId}:${order.taskId}:${attempt}`

/** Exponential, plus or minus a quarter, so that what failed together doesn't come back together. */
export const backoffMs = (order: TaskOrder, failedAttempt: number, random: number): number =>
  Math.round(
    Math.min(order.backoffMaxMs, order.backoffFirstMs * 2 ** Math.min(failedAttempt - 1, 30)) * (0.75 + random / 2),
  )

/** Another attempt can't make these better. */
const FINAL_FAILURES: ReadonlySet<string> = new Set(['RESOURCE_ALREADY_EXISTS', 'RESOURCE_NOT_FOUND'])

export const isWorthAnotherAttempt = (order: TaskOrder, attempt: number, error: TaskError): boolean =>
  attempt < order.attemptsMax && !FINAL_FAILURES.has(error.code)

export const isAbsenceWanted = (order: TaskOrder, error: TaskError): boolean =>
  order.absenceIsSuccess && error.code === 'RESOURCE_NOT_FOUND'

export const driverRequestOf = (
  state: ResourceEntityState,
  identity: ResourceIdentity,
  order: TaskOrder & { readonly call: ResolvedCall },
  sent: { readonly requestId: string; readonly deadlineMs: number },
): DriverRequest => ({
  requestId: sent.requestId,
  resourceId: state.id,
  resourceName: identity.name,
  resourceType: identity.type,
  transition: order.name,
  deploymentLocation: order.call.deploymentLocation,
  resourceManager: order.call.resourceManager,
  drivers: order.call.drivers,
  // What drivers put out before is passed on, and takes the place of what was given.
  resourceProperties: { ...order.call.resourceProperties, ...state.outputs },
  requestProperties: order.call.requestProperties,
  associatedTopology: state.associatedTopology,
  outputNames: state.traits.readOnly,
  declaredTransitions: state.traits.transitions,
  deadlineMs: sent.deadlineMs,
})

/**
 * What clients see of it: what it was given, and what drivers put out for its read-only properties. Of something that
 * is only referenced, all that was found out about it.
 */
export const shownProperties = (state: ResourceEntityState): PropertyValues => {
  const shown: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(state.inputs)) {
    if (!state.traits.private.includes(name)) shown[name] = value
  }
  const put = state.identity?.kind === 'reference' ? Object.keys(state.outputs) : state.traits.readOnly
  for (const name of put) {
    const value = ownEntry(state.outputs, name)
    if (value !== undefined && !state.traits.private.includes(name)) shown[name] = value
  }
  return shown
}

/** An entry is added or changed, `null` removes one, what is absent stays. */
export const mergedTopology = (
  known: Readonly<Record<string, unknown>>,
  reported: Readonly<Record<string, unknown>>,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries({ ...known, ...reported }).filter(([, entry]) => entry !== null))
