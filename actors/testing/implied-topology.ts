/** What a service (see `killed-service.ts`) must look like after its processes, and how each of those must have ended. */
import type { AssemblyState } from '../assembly/protocol.ts'
import type { ProcessState } from '../process/protocol.ts'
import { INITIAL_MEMBERS } from './killed-service.ts'

interface Expected {
  readonly isPresent: boolean
  readonly members: number
  /** The first process that configures the control component fails, as it was scripted. */
  readonly willFail: boolean
  /** Of everything, if the latest process leaves no doubt. */
  readonly state: string | null
}

const NOTHING: Expected = { isPresent: false, members: 0, willFail: false, state: null }

/** `processes`: those of one root, in any order. Answers what is wrong. */
export const wrongEndings = (
  root: AssemblyState | undefined,
  processes: readonly ProcessState[],
): readonly string[] => {
  const wrong: string[] = []
  let expected = NOTHING
  const inOrder = [...processes].sort(
    (a, b) => a.startedAtMs - b.startedAtMs || (a.endedAtMs ?? Infinity) - (b.endedAtMs ?? Infinity),
  )
  for (const process of inOrder) {
    const mustFail = failsIn(process, expected)
    const title = `${process.intent?.type ?? '?'} of ${process.root.name} (${process.id})`
    if (process.status !== (mustFail ? 'Failed' : 'Completed'))
      wrong.push(
        `${title} is ${process.status} ${process.statusReason}, and should be ${mustFail ? 'Failed' : 'Completed'}`,
      )
    if (mustFail && !process.statusReason.includes('Configure fails, as sim_fail says'))
      wrong.push(`${title} failed because ${process.statusReason}`)
    expected = after(process, expected)
  }
  const name = inOrder[0]?.root.name ?? ''
  const isPresent = root?.presence === 'present'
  if (isPresent !== expected.isPresent) return [...wrong, `${name} is ${root?.presence ?? 'not there'}`]
  if (!isPresent) return wrong
  const instances = Object.values(root.topology.instances)
  const pool = instances.filter(({ component }) => component === 'pool').map((one) => one.name)
  const names = Array.from({ length: expected.members }, (_, index) => `${name}__pool__${index + 1}`)
  const expectedNames = [name, `${name}__net`, `${name}__edge`, `${name}__edge__box`, `${name}__control`, ...names]
  if (
    instances
      .map((one) => one.name)
      .sort()
      .join() !== expectedNames.sort().join()
  )
    wrong.push(
      `${name} has ${pool.length} members, and should have ${expected.members}: ${instances.map((one) => one.name).join()}`,
    )
  if (expected.state === null) return wrong
  if (root.state !== expected.state) wrong.push(`${name} is ${root.state}, and should be ${expected.state}`)
  for (const one of instances)
    if (one.state !== expected.state) wrong.push(`${one.name} is ${one.state}, and should be ${expected.state}`)
  const live = Object.values(root.topology.relationships).filter(({ state }) => state === 'Created')
  const needed = expected.state === 'Active' ? expected.members : 0
  if (live.length !== needed) wrong.push(`${name} has ${live.length} relationships, and should have ${needed}`)
  return wrong
}

const failsIn = ({ intent }: ProcessState, { willFail }: Expected): boolean => {
  if (intent?.type === 'CreateAssembly')
    return intent.properties['fail']?.startsWith('Configure') === true && intent.intendedState !== 'Installed'
  return willFail && intent?.type === 'ChangeAssemblyState' && intent.intendedState !== 'Installed'
}

const after = (process: ProcessState, before: Expected): Expected => {
  const { intent, status } = process
  const isDone = status === 'Completed'
  const hasFailed = failsIn(process, before)
  switch (intent?.type) {
    case undefined:
      return before
    case 'CreateAssembly': {
      const willFail = intent.properties['fail']?.startsWith('Configure') === true && !hasFailed
      return { isPresent: true, members: INITIAL_MEMBERS, willFail, state: isDone ? intent.intendedState : null }
    }
    case 'ChangeAssemblyState':
      return { ...before, willFail: before.willFail && !hasFailed, state: isDone ? intent.intendedState : null }
    case 'DeleteAssembly':
      return isDone ? NOTHING : { ...before, state: null }
    case 'HealAssembly':
      return before
    case 'ScaleOutAssembly':
      return { ...before, members: before.members + (isDone ? 1 : 0) }
    case 'ScaleInAssembly':
      return { ...before, members: before.members - (isDone ? 1 : 0) }
  }
}
