/** What an intent asks for: the instances there should be, and the level that each resource should reach. */
import type { PropertyValues } from '../../drivers/protocol.ts'
import { INTENDED_STATES } from './descriptor.ts'
import type { Intent } from './intent.ts'
import { levelOf } from './planner-path.ts'
import type { Level } from './planner-path.ts'
import { completeCount } from './planner-quantity.ts'
import { refuse, unknownName } from './planner-refusal.ts'
import { assemblyIn, existingTree, requireAssembly, targetsBelow } from './planner-request.ts'
import type { Goal, PlanRequest } from './planner-request.ts'
import { scaleIn, scaleOut } from './planner-scaling.ts'
import type { TreeNode } from './planner-tree.ts'
import { buildTree, leavesOf, subtreeOf } from './planner-tree.ts'

export const goalOf = (request: PlanRequest, intent: Intent): Goal => {
  switch (intent.type) {
    case 'CreateAssembly':
      return createGoal(request, intent.assemblyName, intent.descriptorName, intent.intendedState)
    case 'ChangeAssemblyState': {
      const level = intendedLevel(intent.intendedState)
      const scope = intent.assemblyName
      requireAssembly(request.topology, scope)
      const tree = existingTree(request, (assembly) => assembly === scope || assembly.startsWith(`${scope}__`))
      const completed = assemblyIn(tree, scope)
      return { tree, targets: targetsBelow(completed, level), completed }
    }
    case 'DeleteAssembly': {
      requireAssembly(request.topology, intent.assemblyName)
      const tree = existingTree(request)
      if (assemblyIn(tree, intent.assemblyName) !== tree.root)
        throw refuse(
          'nested-assembly',
          `'${intent.assemblyName}' is part of '${tree.root.name}' and can't be deleted alone; delete '${tree.root.name}', or scale its cluster in`,
        )
      for (const node of tree.nodes.values()) node.leaving = true
      return { tree, targets: targetsBelow(tree.root, 0) }
    }
    case 'HealAssembly':
      return healGoal(request, intent.assemblyName, intent.brokenComponent)
    case 'ScaleOutAssembly':
      return scaleOut(request, intent)
    case 'ScaleInAssembly':
      return scaleIn(request, intent)
  }
}

const intendedLevel = (state: string): Level => {
  const known = INTENDED_STATES.find((one) => one === state)
  if (known === undefined) throw unknownName('wrong-intended-state', 'intended state', state, INTENDED_STATES)
  return levelOf(known)
}

/** A letter first; letters, digits, `_`, `-`; no `__`, which separates the parts of a path. */
const INSTANCE_NAME = /^[A-Za-z](?:[A-Za-z0-9-]|_(?!_))*$/
const INSTANCE_NAME_CHARS_MAX = 128

const createGoal = (request: PlanRequest, name: string, type: string, state: string): Goal => {
  const level = intendedLevel(state)
  if (!INSTANCE_NAME.test(name) || name.endsWith('_') || name.length > INSTANCE_NAME_CHARS_MAX)
    throw refuse(
      'invalid-name',
      `'${name}' can't be an assembly's name: it should start with a letter, go on with letters, digits, '-' or single '_', and have at most ${INSTANCE_NAME_CHARS_MAX} characters`,
    )
  if (request.topology.root !== '')
    throw refuse('assembly-exists', `an assembly '${request.topology.root}' exists already`)
  const tree = buildTree({
    ...request,
    root: { name, type },
    completes: () => true,
    memberCount: completeCount(request.rootProperties),
  })
  requireProperties(tree.root, request.rootProperties)
  return { tree, targets: targetsBelow(tree.root, level), completed: tree.root }
}

/** Only what the order itself must bring: below the root, an unset property is the descriptor author's choice. */
const requireProperties = (root: TreeNode, given: PropertyValues): void => {
  const definitions = root.descriptor?.properties ?? {}
  const missing = Object.entries(definitions).flatMap(([name, definition]) =>
    definition.required &&
    !definition.readOnly &&
    definition.value === undefined &&
    definition.default === undefined &&
    !Object.hasOwn(given, name)
      ? [name]
      : [],
  )
  if (missing.length === 0) return
  const undeclared = Object.keys(given).filter((name) => !Object.hasOwn(definitions, name))
  const hint = undeclared.length === 0 ? '' : `; given, but not declared: ${undeclared.slice(0, 10).join(', ')}`
  throw refuse('missing-property', `'${root.type}' needs a value for ${missing.join(', ')}${hint}`, {
    missing,
    undeclared,
  })
}

const healGoal = (request: PlanRequest, assembly: string, component: string): Goal => {
  requireAssembly(request.topology, assembly)
  const tree = existingTree(request)
  const within = subtreeOf(assemblyIn(tree, assembly))
  const node = within.find((one) => one.name === component)
  const resources = within.filter((one) => one.kind === 'resource')
  if (node === undefined)
    throw unknownName(
      'unknown-component',
      `component of '${assembly}'`,
      component,
      resources.map((one) => one.name),
    )
  if (node.kind !== 'resource')
    throw refuse(
      'nothing-to-heal',
      `'${component}' is ${node.kind === 'assembly' ? 'an assembly' : 'a reference'}; name the broken resource itself`,
      {
        resources: leavesOf(node)
          .slice(0, 10)
          .map((one) => one.name),
      },
    )
  const state = node.observed?.state ?? null
  // A heal that failed half-way leaves the resource below Active: another one is right if the service itself is up.
  const isServiceUp = resources.some((one) => one !== node && (one.observed?.state ?? null) === 'Active')
  if (state !== 'Active' && state !== 'Broken' && state !== 'Failed' && !(isServiceUp && state !== null))
    throw refuse(
      'nothing-to-heal',
      `'${component}' is ${state ?? 'not there'}; only what was Active can be healed. To bring it up, order changeAssemblyState`,
      { component, state },
    )
  return { tree, targets: new Map([[node, 4]]), healing: node }
}
