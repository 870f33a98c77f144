/**
 * The graph of a plan: tasks, the reasons why one comes after another, and the barriers between the stages.
 *
 * **Barriers, and why they never form a cycle.** All components finish a stage before any begins the next, but a
 * relationship may need its source raised early: then the source's Start has to come before another component's
 * Install, and a plain barrier would make each wait for the other. So each task has an *effective stage*: the lowest of
 * its own stage and those of all tasks that hard edges lead to from it. Along a hard edge the effective stage
 * never falls, by its definition. A barrier edge leads from a task of effective stage ≤ k, through the barrier task of k,
 * to one of effective stage > k, so along it the effective stage rises. A cycle would have to come back to where it
 * began, so it can't contain a rise, so no barrier edge: it would consist of hard edges alone, and those are checked
 * before. Barrier tasks keep the number of edges linear.
 *
 * **Soft edges** (the reverse order of a teardown) are left out where they would be part of a cycle: what exists must
 * always be possible to take down.
 */
import type { Dependency, DependencyReason, Plan, Task } from './plan.ts'
import { componentsOf, findCycle } from './planner-cycles.ts'
import { stageNumber, STAGES } from './planner-path.ts'
import type { Stage } from './planner-path.ts'
import { refuse } from './planner-refusal.ts'

type WithoutAfter<T> = T extends unknown ? Omit<T, 'after'> : never
export type NewTask = WithoutAfter<Task>

interface Edge {
  readonly from: number
  readonly to: number
  readonly reason: DependencyReason
  readonly note: string | undefined
  readonly soft: boolean
}

/** A task in the graph, by its number. */
export type TaskNumber = number

export interface PlanGraph {
  /** `stage`: only of transitions; the others take no part in barriers. */
  add(task: NewTask, stage?: Stage): TaskNumber
  edge(before: TaskNumber, after: TaskNumber, reason: DependencyReason, note?: string): void
  /** Left out if it would be part of a cycle. */
  softEdge(before: TaskNumber, after: TaskNumber, reason: DependencyReason, note?: string): void
  /** Each of the ones before each of the others; many of them through a task between, so that edges stay few. */
  edges(before: readonly TaskNumber[], after: readonly TaskNumber[], reason: DependencyReason, note: string): void
  softEdges(before: readonly TaskNumber[], after: readonly TaskNumber[], reason: DependencyReason, note: string): void
  /** All tasks in an order in which none comes before one that it is after. Refuses hard cycles. */
  tasks(): Plan['tasks']
}

const NO_STAGE = STAGES.length
/** More tasks than this that one waits for are gathered by a task between, which others can wait for as well. */
const DIRECT_EDGES_MAX = 8

export const createGraph = (): PlanGraph => {
  const added: NewTask[] = []
  const stages: number[] = []
  const edges: Edge[] = []
  const seen = new Set<number>()
  const joins = new Map<string, TaskNumber>()

  const add = (task: NewTask, stage?: Stage): TaskNumber => {
    stages.push(stage === undefined ? NO_STAGE : stageNumber(stage))
    return added.push(task) - 1
  }

  const connect = (
    from: TaskNumber,
    to: TaskNumber,
    reason: DependencyReason,
    note: string | undefined,
    soft: boolean,
  ) => {
    const key = from * 1_000_000 + to
    if (from === to || seen.has(key)) return
    seen.add(key)
    edges.push({ from, to, reason, note, soft })
  }

  const connectAll = (
    before: readonly TaskNumber[],
    after: readonly TaskNumber[],
    reason: DependencyReason,
    note: string,
    soft: boolean,
  ): void => {
    const isFew = before.length <= DIRECT_EDGES_MAX && before.length * after.length <= 4 * DIRECT_EDGES_MAX
    if (isFew || before.length === 1) {
      for (const from of before) for (const to of after) connect(from, to, reason, note, soft)
      return
    }
    const key = `${soft} ${[...before].sort((left, right) => left - right).join(',')}`
    let join = joins.get(key)
    if (join === undefined) {
      const [some = 0] = before
      const stage = `${added[some]?.id ?? ''} and ${before.length - 1} more`
      join = add({ id: `all.${joins.size + 1}`, type: 'stage', stage })
      joins.set(key, join)
      for (const from of before) connect(from, join, reason, note, soft)
    }
    for (const to of after) connect(join, to, reason, note, soft)
  }

  return {
    add,
    edge: (before, after, reason, note) => {
      connect(before, after, reason, note, false)
    },
    softEdge: (before, after, reason, note) => {
      connect(before, after, reason, note, true)
    },
    edges: (before, after, reason, note) => {
      connectAll(before, after, reason, note, false)
    },
    softEdges: (before, after, reason, note) => {
      connectAll(before, after, reason, note, true)
    },
    tasks: () => {
      refuseHardCycle(added, edges)
      const hard = withoutSoftCycles(added.length, edges)
      const order = topologicalOrder(added.length, hard)
      const all = [...hard, ...barriers(added, stages, hard, order)]
      return emit(added, all)
    },
  }
}

const successorsOf = (size: number, edges: readonly Edge[]): number[][] => {
  const successors: number[][] = Array.from({ length: size }, () => [])
  for (const edge of edges) successors[edge.from]?.push(edge.to)
  return successors
}

const refuseHardCycle = (tasks: readonly NewTask[], edges: readonly Edge[]): void => {
  const hard = edges.filter((edge) => !edge.soft)
  const cycle = findCycle(successorsOf(tasks.length, hard))
  if (cycle === undefined) return
  const names = [...cycle, ...cycle.slice(0, 1)].map((number) => tasks[number]?.id ?? '')
  const reasons = cycle.map((from, index) => {
    const to = cycle[(index + 1) % cycle.length]
    const edge = hard.find((one) => one.from === from && one.to === to)
    return { before: names[index], after: names[index + 1], reason: edge?.reason, note: edge?.note }
  })
  throw refuse('dependency-cycle', `each of these has to come before the next, in a circle: ${names.join(' → ')}`, {
    cycle: reasons,
  })
}

/** In a group of tasks that can all reach each other, the hard edges alone make no cycle: so the soft ones inside go. */
const withoutSoftCycles = (size: number, edges: readonly Edge[]): readonly Edge[] => {
  if (!edges.some((edge) => edge.soft)) return edges
  const component = componentsOf(successorsOf(size, edges))
  return edges.filter((edge) => !edge.soft || component[edge.from] !== component[edge.to])
}

/** Kahn's algorithm, first come first served: the order is fixed by the order in which tasks and edges were added. */
const topologicalOrder = (size: number, edges: readonly Edge[]): readonly number[] => {
  const successors = successorsOf(size, edges)
  const missing = new Array<number>(size).fill(0)
  for (const edge of edges) missing[edge.to] = (missing[edge.to] ?? 0) + 1
  const order: number[] = []
  for (let number = 0; number < size; number++) if (missing[number] === 0) order.push(number)
  for (const number of order) {
    for (const successor of successors[number] ?? []) {
      const left = (missing[successor] ?? 0) - 1
      missing[successor] = left
      if (left === 0) order.push(successor)
    }
  }
  return order
}

/**
 * Edges through a barrier task after each stage that something comes after. A task right after another transition of the
 * same effective stage waits for that one, which waits at the barrier; likewise only the last of such a chain has to be
 * waited for; and tasks of a later stage than the next wait at a later barrier, which waits for this one.
 */
const barriers = (
  tasks: NewTask[],
  stages: readonly number[],
  edges: readonly Edge[],
  order: readonly number[],
): readonly Edge[] => {
  const successors = successorsOf(tasks.length, edges)
  const effective = [...stages]
  for (const number of [...order].reverse())
    for (const successor of successors[number] ?? [])
      effective[number] = Math.min(effective[number] ?? NO_STAGE, effective[successor] ?? NO_STAGE)

  const follows = new Set<number>()
  const isFollowed = new Set<number>()
  for (const { from, to } of edges) {
    if (stages[from] === NO_STAGE || stages[to] === NO_STAGE || effective[from] !== effective[to]) continue
    follows.add(to)
    isFollowed.add(from)
  }
  const byStage: number[][] = STAGES.map(() => [])
  for (const [number, stage] of stages.entries())
    if (stage !== NO_STAGE) byStage[effective[number] ?? stage]?.push(number)

  const added: Edge[] = []
  const connect = (from: number, to: number, note: string): void => {
    added.push({ from, to, reason: 'stage', note, soft: false })
  }
  for (const [index, stage] of STAGES.entries()) {
    const end = index <= stageNumber('Delete') ? stageNumber('Delete') : stageNumber('Start')
    const before = byStage[index] ?? []
    const next = byStage.slice(index + 1, end + 1).find((numbers) => numbers.length > 0)
    if (before.length === 0 || next === undefined) continue
    const barrier = tasks.push({ id: `stage.${stage}`, type: 'stage', stage }) - 1
    for (const from of before) if (!isFollowed.has(from)) connect(from, barrier, stage)
    for (const to of next) if (!follows.has(to)) connect(barrier, to, stage)
  }
  return added
}

const emit = (tasks: readonly NewTask[], edges: readonly Edge[]): Plan['tasks'] => {
  const after: Dependency[][] = tasks.map(() => [])
  for (const { from, to, reason, note } of edges) {
    const before = tasks[from]
    if (before === undefined) continue
    after[to]?.push(note === undefined ? { task: before.id, reason } : { task: before.id, reason, note })
  }
  return topologicalOrder(tasks.length, edges).flatMap((number) => {
    const task = tasks[number]
    return task === undefined ? [] : [{ ...task, after: after[number] ?? [] }]
  })
}
