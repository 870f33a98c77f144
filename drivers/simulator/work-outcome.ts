/** What came of a piece of work, and what has become of the object. Pure. */
import type { DriverReport } from '../protocol.ts'
import type { SimulatedObject, WorkRecord } from './infrastructure-store.ts'
import { isOperation, type ObjectState, type Verdict } from './transitions.ts'

export interface WorkOutcome {
  /** The object afterwards; the very same one if nothing changed. */
  readonly after: SimulatedObject
  readonly report: DriverReport
  /** Something was carried out, and belongs into the journal. */
  readonly done: boolean
}

/** @param verdict on the object as it is now */
export const workOutcome = (work: WorkRecord, object: SimulatedObject, verdict: Verdict): WorkOutcome => {
  const { requestId, resourceId, transition } = work
  const nothing = { requestId, resourceId, outputs: {}, associatedTopology: {} }
  const failure = work.failure ?? (verdict.type === 'wrong' ? verdict.failure : undefined)
  if (failure) {
    const report: DriverReport = {
      ...nothing,
      status: 'FAILED',
      failure: { code: failure.code, description: failure.description },
    }
    // An order that was wrong leaves everything as it is; a failure on the way leaves doubt.
    const after = work.failure?.scripted
      ? { ...object, state: stateAfterFailure(transition, object.state), doubtful: true }
      : object
    return { after, report, done: false }
  }
  const unanswered = work.silences !== 0 || work.answerMs > work.deadlineMs
  const to = verdict.type === 'do' ? verdict.to : object.state
  // Uninstalling what is gone leaves the doubt: there is still something to delete, for all that the asker knows. So
  // does an operation: what couldn't be stopped may be told to let go, and must still be possible to delete.
  const leavesDoubt = (verdict.type === 'already' && transition === 'Uninstall') || isOperation(transition)
  const after = { ...object, state: to, doubtful: unanswered || (leavesDoubt && object.doubtful) }
  const report: DriverReport = {
    ...nothing,
    status: 'COMPLETE',
    outputs: work.outputs,
    associatedTopology: associatedTopology(work),
  }
  return { after, report, done: verdict.type === 'do' }
}

/** A smoke test that fails has found that it doesn't run. */
const stateAfterFailure = (transition: string, state: ObjectState): ObjectState =>
  transition === 'Integrity' && state === 'Active' ? 'Inactive' : state

const associatedTopology = ({ transition, resourceId, resourceName }: WorkRecord): Record<string, unknown> => {
  if (transition === 'Create') return { [resourceName]: { id: `sim-${resourceId}`, type: 'Simulated' } }
  return transition === 'Delete' ? { [resourceName]: null } : {}
}
