/**
 * Relationships: which pairs of instances each of them joins, which of them have to be there, and how high that raises
 * their sources.
 *
 * What an end must at least have reached for its operations (its *hold*): with `post` the named state, with `pre` the
 * one below it ("about to reach it"). A relationship is there as long as its target is at its state or above; that can
 * raise the source above what was asked for. It ceases before either end leaves its named state.
 */
import type { Modifier, Relationship } from './descriptor.ts'
import { levelBelow, levelOf } from './planner-path.ts'
import type { Level, Step } from './planner-path.ts'
import { refuse } from './planner-refusal.ts'
import type { Tree, TreeNode } from './planner-tree.ts'
import { ancestorsOf, leavesOf } from './planner-tree.ts'
import type { RelationshipInstance, Topology } from './topology.ts'

/** More relationship instances than this in one assembly are refused. */
export const RELATIONSHIPS_MAX = 5_000

export interface RelationshipEnd {
  readonly node: TreeNode
  readonly leaves: readonly TreeNode[]
  readonly modifier: Modifier
  /** The named state. */
  readonly level: Level
  /** What it must at least have reached. */
  readonly hold: Level
}

export interface RelationshipPair {
  readonly assembly: TreeNode
  readonly relationship: string
  readonly definition: Relationship
  readonly source: RelationshipEnd
  readonly target: RelationshipEnd
  readonly observed: RelationshipInstance | undefined
  /** Instance name: the observed one, or the next free number. */
  readonly name: string
}

/** One per source instance and target instance, in the order of the descriptors. */
export const pairsOf = (tree: Tree, topology: Topology): readonly RelationshipPair[] => {
  const observed = new Map<string, RelationshipInstance>()
  const lastNumbers = new Map<string, number>()
  for (const instance of Object.values(topology.relationships)) {
    observed.set(pairKey(instance.assembly, instance.relationship, instance.source, instance.target), instance)
    const prefix = `${instance.assembly}__${instance.relationship}__`
    const number = Number(instance.name.slice(prefix.length))
    if (Number.isInteger(number)) lastNumbers.set(prefix, Math.max(number, lastNumbers.get(prefix) ?? 0))
  }
  const pairs: RelationshipPair[] = []
  for (const assembly of tree.nodes.values()) {
    if (assembly.kind !== 'assembly' || assembly.descriptor?.kind !== 'assembly') continue
    for (const [relationship, definition] of Object.entries(assembly.descriptor.relationships)) {
      const sources = endNodes(assembly, definition.sources)
      const targets = endNodes(assembly, definition.targets)
      for (const source of sources) {
        for (const target of targets) {
          if (source === target) continue
          if (pairs.length >= RELATIONSHIPS_MAX)
            throw refuse(
              'too-many-relationships',
              `the assembly would have more than ${RELATIONSHIPS_MAX} relationships`,
              {
                limit: RELATIONSHIPS_MAX,
              },
            )
          const existing = observed.get(pairKey(assembly.name, relationship, source.name, target.name))
          const prefix = `${assembly.name}__${relationship}__`
          const next = (lastNumbers.get(prefix) ?? 0) + 1
          if (existing === undefined) lastNumbers.set(prefix, next)
          pairs.push({
            assembly,
            relationship,
            definition,
            source: endOf(source, definition.sourceState, definition.sourceModifier),
            target: endOf(target, definition.targetState, definition.targetModifier),
            observed: existing,
            name: existing?.name ?? `${prefix}${next}`,
          })
        }
      }
    }
  }
  return pairs
}

const pairKey = (...parts: readonly string[]): string => parts.join(' ')

const endNodes = (assembly: TreeNode, ends: Relationship['sources']): readonly TreeNode[] => [
  ...new Set(ends.flatMap((end) => assembly.children.get(end.component) ?? [])),
]

const endOf = (node: TreeNode, state: Relationship['sourceState'], modifier: Modifier): RelationshipEnd => {
  const level = levelOf(state)
  return { node, leaves: leavesOf(node), modifier, level, hold: modifier === 'post' ? level : levelBelow(level) }
}

export const isLive = (pair: RelationshipPair): boolean => pair.observed?.state === 'Created'

/**
 * An end was lost without the relationship being ceased: what is there of it is worth nothing any more. A member that
 * has yet to come (a cluster grows inside an end) takes nothing away from what is there.
 */
export const hasLostEnd = (pair: RelationshipPair): boolean =>
  [pair.source, pair.target].some((end) =>
    end.leaves.some((leaf) => leaf.observed !== undefined && levelOf(leaf.observed.state) < end.hold),
  )

/** Levels that leaves are to reach. A leaf that isn't in it stays as it is. */
export type Targets = Map<TreeNode, Level>

const levelAfter = (targets: Targets, leaf: TreeNode): Level =>
  targets.get(leaf) ?? levelOf(leaf.observed?.state ?? null)

const isLeaving = ({ node }: RelationshipEnd): boolean => [node, ...ancestorsOf(node)].some((one) => one.leaving)

/** Whether anything that this plan moves is part of it. */
export const isConcerned = (pair: RelationshipPair, targets: Targets): boolean =>
  [pair.source, pair.target].some((end) => end.leaves.some((leaf) => targets.has(leaf)))

/** Whether it has to be there once all leaves are where they should be. */
export const isNeeded = (pair: RelationshipPair, targets: Targets): boolean =>
  !isLeaving(pair.source) &&
  !isLeaving(pair.target) &&
  pair.target.leaves.every((leaf) => levelAfter(targets, leaf) >= pair.target.level)

/** Raises the sources of needed relationships until nothing changes. Levels only rise, so it ends. */
export const raiseSources = (pairs: readonly RelationshipPair[], targets: Targets): void => {
  for (let changed = true; changed;) {
    changed = false
    for (const pair of pairs) {
      if (!isConcerned(pair, targets) || !isNeeded(pair, targets)) continue
      for (const leaf of pair.source.leaves) {
        if (levelAfter(targets, leaf) >= pair.source.hold) continue
        targets.set(leaf, pair.source.hold)
        changed = true
      }
    }
  }
}

/** Index of the step after which the level is reached and never left again; -1: it is so from the start. */
export const settledAfter = (steps: readonly Step[], level: Level): number => {
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index]
    if (step !== undefined && !(isSound(step.from) && levelOf(step.from) >= level)) return index
  }
  return -1
}

const isSound = (state: Step['from']): boolean => state !== 'Broken' && state !== 'Failed'

/** Index of the step that enters the level from below; -1 if none does. */
export const entersAt = (steps: readonly Step[], level: Level): number =>
  steps.findIndex((step) => step.direction === 'up' && step.leadsTo === level)

/** Index of the first step that leaves the level downwards; -1 if none does. */
export const leavesAt = (steps: readonly Step[], level: Level): number =>
  steps.findIndex((step) => step.direction === 'down' && levelOf(step.to) < level)
