/**
 * What has to happen for an intent, and in which order, straight from the ordering rules: nodes are the transitions and
 * operations, an order says that one comes before another and by which rule.
 */
import type { RelationshipOperation } from '../model/descriptor.ts'
import type { Pair, TraceModel } from './trace-model.ts'
import { heightOf } from './trace-model.ts'

export const UP = ['Find', 'Install', 'Configure', 'Start'] as const
export const DOWN = ['Stop', 'Uninstall', 'Delete'] as const

export interface TraceNode {
  /** The same text as `keyOf` gives for its entry. */
  readonly key: string
  readonly instance: string
  /** Of transitions only. */
  readonly stage?: (typeof UP)[number] | (typeof DOWN)[number]
  readonly from?: string | null
  readonly to?: string | null
  /** Height that it (or, of Start and Integrity, the pair) leads to. */
  readonly height?: number
}

export interface TraceOrder {
  readonly before: string
  readonly after: string
  readonly rule: string
  /** Doesn't hold where it would be part of a circle. */
  readonly soft: boolean
}

export interface TraceRules {
  readonly nodes: ReadonlyMap<string, TraceNode>
  readonly orders: readonly TraceOrder[]
}

const STAGE_OF: Readonly<Record<string, NonNullable<TraceNode['stage']>>> = {
  FindReference: 'Find',
  Create: 'Install',
  Install: 'Install',
  Configure: 'Configure',
  Start: 'Start',
  Integrity: 'Start',
  Stop: 'Stop',
  Uninstall: 'Uninstall',
  Delete: 'Delete',
}

export const rulesFor = (model: TraceModel): TraceRules => {
  const nodes = new Map<string, TraceNode>()
  const orders: TraceOrder[] = []
  const add = (node: TraceNode): TraceNode => {
    nodes.set(node.key, node)
    return node
  }
  const order = (before: TraceNode | undefined, after: TraceNode | undefined, rule: string, soft = false): void => {
    if (before !== undefined && after !== undefined && before !== after)
      orders.push({ before: before.key, after: after.key, rule, soft })
  }

  const { intent } = model.recording
  const healing = intent.type === 'HealAssembly' ? intent.brokenComponent : ''
  const broken =
    healing !== '' && model.stateBefore(healing) === 'Active'
      ? add({ key: `mark-broken ${healing}`, instance: healing })
      : undefined

  const ways = new Map<string, readonly TraceNode[]>()
  for (const leaf of model.goals.keys()) {
    const way = wayOf(model, leaf, leaf === healing && broken !== undefined ? 'Broken' : model.stateBefore(leaf)).map(
      add,
    )
    ways.set(leaf, way)
    order(broken?.instance === leaf ? broken : undefined, way[0], 'a broken resource is marked first')
    for (const [index, node] of way.entries()) order(way[index - 1], node, 'one transition after the other')
  }
  const isUp = (node: TraceNode): boolean => UP.some((stage) => stage === node.stage)
  const firstUp = (leaf: string): TraceNode | undefined => ways.get(leaf)?.find(isUp)
  const finds = new Map<string, TraceNode>()
  const isResolved = (assembly: string): boolean =>
    (('intendedState' in intent && model.isBelow(assembly, intent.assemblyName)) ||
      model.leaves(assembly).some((leaf) => firstUp(leaf) !== undefined)) &&
    !model.leaving.has(assembly)
  for (const one of model.instances)
    if (one.kind === 'reference' && model.stateBefore(one.name) === null && isResolved(one.parent))
      finds.set(
        one.name,
        add({ key: `FindReference ${one.name}`, instance: one.name, stage: 'Find', from: null, to: 'Active' }),
      )
  const yields = (name: string): TraceNode | undefined =>
    ways.get(name)?.findLast((node) => node.stage === 'Install') ?? finds.get(name)

  for (const [name, find] of finds) {
    const parent = model.instance(name)?.parent ?? ''
    for (const leaf of model.leaves(parent)) order(find, firstUp(leaf), 'references come before members')
    for (const producer of model.inputsOf(name)) order(yields(producer), find, 'a value comes before its consumer')
  }
  for (const [leaf, way] of ways) {
    for (const producer of model.inputsOf(leaf)) {
      order(yields(producer), firstUp(leaf), 'a value comes before its consumer')
      for (const node of way)
        if (node.stage === 'Uninstall' || node.stage === 'Delete')
          order(
            node,
            ways.get(producer)?.find((other) => other.stage === node.stage),
            'a consumer goes before its producer',
            true,
          )
    }
  }
  for (const pair of model.pairs) if (model.isConcerned(pair)) addPair(pair)
  return { nodes, orders }

  function addPair(pair: Pair): void {
    const leaving = (end: string, height: number): readonly TraceNode[] =>
      model
        .leaves(end)
        .flatMap((leaf) =>
          (ways.get(leaf) ?? []).filter((node) => !isUp(node) && heightOf(node.to) < height).slice(0, 1),
        )
    const sourceLeaves = leaving(pair.source, pair.sourceHeight)
    const targetLeaves = leaving(pair.target, pair.targetHeight)
    const needed = model.isNeeded(pair)
    const ceases = pair.live && (!needed || pair.lost || sourceLeaves.length + targetLeaves.length > 0)
    const name = pair.name ?? `${pair.assembly}: ${pair.source} → ${pair.target}`
    let ceased: TraceNode | undefined
    if (ceases) {
      const chain = operations(pair, name, 'Cease')
      ceased = chain.at(-1)
      for (const node of [...sourceLeaves, ...targetLeaves])
        order(ceased, node, 'a relationship ceases before an end leaves its state')
      if (broken !== undefined && [pair.source, pair.target].some((end) => model.isBelow(broken.instance, end)))
        order(broken, chain[0], 'a broken resource is marked first')
      const { sourceModifier, targetModifier } = pair.definition
      for (const source of sourceLeaves)
        for (const target of targetLeaves) {
          if (sourceModifier === 'post' && targetModifier === 'pre')
            order(target, source, 'teardown is the reverse', true)
          if (sourceModifier === 'pre' && targetModifier === 'post')
            order(source, target, 'teardown is the reverse', true)
        }
    }
    if (!needed || (pair.live && !ceases)) return
    const chain = operations(pair, name, 'Create')
    order(ceased, chain[0], 'a relationship ceases before it is created again')
    const texts = Object.values(pair.definition.properties).map((one) => one.value ?? one.default ?? '')
    for (const text of texts)
      for (const producer of model.producersOfText(text, pair.assembly, [], pair) ?? [])
        order(yields(producer), chain[0], 'a value comes before its consumer')
    for (const [end, hold, height, modifier] of [
      [pair.source, pair.sourceHold, pair.sourceHeight, pair.definition.sourceModifier],
      [pair.target, pair.targetHold, pair.targetHeight, pair.definition.targetModifier],
    ] as const) {
      for (const leaf of model.leaves(end)) {
        const way = ways.get(leaf) ?? []
        const low = way.findLastIndex(
          (node) => node.from === 'Broken' || node.from === 'Failed' || heightOf(node.from) < hold,
        )
        order(way[low], chain[0], 'an end reaches its state before the relationship is created')
        if (modifier === 'pre')
          order(
            chain.at(-1),
            way.find((node) => isUp(node) && node.height === height),
            'a relationship is created before the end enters its state',
          )
      }
    }
  }

  function operations(pair: Pair, name: string, phase: 'Create' | 'Cease'): readonly TraceNode[] {
    const listed = phase === 'Create' ? pair.definition.create : pair.definition.cease
    const calls = listed.flatMap((operation) => callsOf(model, pair, operation))
    const counts = new Map<string, number>()
    const chain = calls.map(({ instance, operation }) => {
      const plain = `${phase} ${name} ${operation} ${instance}`
      const count = (counts.get(plain) ?? 0) + 1
      counts.set(plain, count)
      return add({ key: `${plain} #${count}`, instance })
    })
    chain.push(add({ key: `${phase} ${name}`, instance: '' }))
    for (const [index, node] of chain.entries())
      order(chain[index - 1], node, 'operations of one relationship run in their order')
    return chain
  }
}

const callsOf = (
  model: TraceModel,
  pair: Pair,
  { on, operation }: RelationshipOperation,
): readonly { readonly instance: string; readonly operation: string }[] => {
  const isCalled = (end: string, word: string): boolean => on === word || model.instance(end)?.component === on
  const end = isCalled(pair.target, 'target') ? pair.target : isCalled(pair.source, 'source') ? pair.source : ''
  const resolve = (name: string, called: string): readonly { instance: string; operation: string }[] => {
    const promoted = model.assembly(name)?.operations[called]
    if (promoted === undefined) return [{ instance: name, operation: called }]
    return model.members(name, promoted.component).flatMap((member) => resolve(member.name, promoted.name))
  }
  return end === '' ? [] : resolve(end, operation)
}

/** The table of the states: transition, state before, state after. */
const wayOf = (model: TraceModel, leaf: string, state: string | null): readonly TraceNode[] => {
  const goal = model.goal(leaf)
  const way: TraceNode[] = []
  let at = state
  const go = (transition: string, to: string | null, height = heightOf(to)): void => {
    const stage = STAGE_OF[transition]
    way.push({
      key: `${transition} ${leaf}`,
      instance: leaf,
      ...(stage === undefined ? {} : { stage }),
      from: at,
      to,
      height,
    })
    at = to
  }
  if (at === 'Failed') go('Delete', null)
  if (at === 'Broken') go('Stop', 'Inactive')
  if (heightOf(at) > goal && at === 'Active') go('Stop', 'Inactive')
  if (heightOf(at) > goal && (at === 'Inactive' || at === 'Installed')) go('Uninstall', 'Created')
  if (heightOf(at) > goal && at === 'Created') go('Delete', null)
  if (goal >= 1 && at === null) go('Create', 'Created')
  if (goal >= 2 && at === 'Created') go('Install', 'Installed')
  if (goal >= 3 && at === 'Installed') go('Configure', 'Inactive')
  if (goal >= 4 && at === 'Inactive') {
    const hasIntegrity = model.resource(leaf)?.lifecycle.Integrity !== undefined
    go('Start', hasIntegrity ? 'Inactive' : 'Active', 4)
    if (hasIntegrity) go('Integrity', 'Active')
  }
  return way
}
