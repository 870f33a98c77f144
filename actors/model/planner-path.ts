/**
 * The way of one resource from the state it is in to the one it should be in, as a list of transitions.
 *
 * | transition | from               | to        | if it fails |
 * | ---------- | ------------------ | --------- | ----------- |
 * | Create     | null               | Created   | Failed      |
 * | Install    | Created            | Installed | Failed      |
 * | Configure  | Installed          | Inactive  | Installed   |
 * | Start      | Inactive           | Active    | Inactive    |
 * | Integrity  | Inactive (started) | Active    | Inactive    |
 * | Stop       | Active, Broken     | Inactive  | Failed      |
 * | Uninstall  | Inactive, Installed| Created   | as it was   |
 * | Delete     | Created, Failed    | null      | as it was   |
 *
 * Where Integrity is declared, Start leaves the resource Inactive: nobody sees it Active before its smoke test. There is
 * no transition from Inactive to Installed, so that way leads through Uninstall and Install.
 */
import type { LifecycleName, ResourceDescriptor, ResourceState } from './descriptor.ts'

/** Height on the ladder: 0 null, 1 Created, 2 Installed, 3 Inactive, 4 Active. */
export type Level = 0 | 1 | 2 | 3 | 4
const LEVELS = { Created: 1, Installed: 2, Inactive: 3, Active: 4 } as const

/** What a state is worth to those that depend on it. A broken resource isn't Active; a failed one has nothing. */
export const levelOf = (state: ResourceState): Level => {
  switch (state) {
    case null:
    case 'Failed':
      return 0
    case 'Broken':
      return 3
    case 'Created':
    case 'Installed':
    case 'Inactive':
    case 'Active':
      return LEVELS[state]
  }
}

export const levelBelow = (level: Level): Level => (level === 0 ? 0 : ((level - 1) as Level))

/** Stages in their order. Those of teardown and those of bringing up are two chains with no barrier between them. */
export const STAGES = ['Stop', 'Uninstall', 'Delete', 'Find', 'Install', 'Configure', 'Start'] as const
export type Stage = (typeof STAGES)[number]
export const stageNumber = (stage: Stage): number => STAGES.indexOf(stage)

export interface Step {
  readonly transition: LifecycleName
  readonly from: ResourceState
  readonly to: ResourceState
  readonly onFailure: ResourceState
  readonly stage: Stage
  readonly direction: 'up' | 'down'
  /** Level that this step (or, of Start and Integrity, the pair) leads to. */
  readonly leadsTo: Level
}

type Move = Omit<Step, 'from'>

const down = (transition: LifecycleName, stage: Stage, to: ResourceState, onFailure: ResourceState): Move => ({
  transition,
  stage,
  to,
  onFailure,
  direction: 'down',
  leadsTo: levelOf(to),
})

const moveDown = (state: ResourceState): Move => {
  switch (state) {
    case 'Active':
    case 'Broken':
      return down('Stop', 'Stop', 'Inactive', 'Failed')
    case 'Inactive':
    case 'Installed':
      return down('Uninstall', 'Uninstall', 'Created', state)
    case 'Created':
    case 'Failed':
    case null:
      return down('Delete', 'Delete', null, state)
  }
}

const up = (
  transition: LifecycleName,
  stage: Stage,
  to: ResourceState,
  onFailure: ResourceState,
  leadsTo: Level,
): Move => ({ transition, stage, to, onFailure, direction: 'up', leadsTo })

const movesUp = (state: ResourceState, hasIntegrity: boolean): readonly Move[] => {
  switch (state) {
    case null:
      return [up('Create', 'Install', 'Created', 'Failed', 1)]
    case 'Created':
      return [up('Install', 'Install', 'Installed', 'Failed', 2)]
    case 'Installed':
      return [up('Configure', 'Configure', 'Inactive', 'Installed', 3)]
    case 'Inactive':
      return hasIntegrity
        ? [up('Start', 'Start', 'Inactive', 'Inactive', 4), up('Integrity', 'Start', 'Active', 'Inactive', 4)]
        : [up('Start', 'Start', 'Active', 'Inactive', 4)]
    case 'Active':
    case 'Broken':
    case 'Failed':
      return []
  }
}

/** Steps from `state` to the level; none if it is there. Broken is left by Stop, Failed by Delete, whatever the level. */
export const pathTo = (descriptor: ResourceDescriptor, state: ResourceState, level: Level): readonly Step[] => {
  const steps: Step[] = []
  let at = state
  const take = (move: Move): void => {
    steps.push({ ...move, from: at })
    at = move.to
  }
  while (at === 'Broken' || at === 'Failed' || levelOf(at) > level) take(moveDown(at))
  const hasIntegrity = descriptor.lifecycle.Integrity !== undefined
  while (levelOf(at) < level) for (const move of movesUp(at, hasIntegrity)) take(move)
  return steps
}

/** The infrastructure doesn't know the resource any more: gone with what is left of it, and up again. */
export const pathAnew = (descriptor: ResourceDescriptor, state: ResourceState, level: Level): readonly Step[] => {
  const away: Step = { ...moveDown('Failed'), from: state, onFailure: 'Failed' }
  return state === null ? pathTo(descriptor, null, level) : [away, ...pathTo(descriptor, null, level)]
}
