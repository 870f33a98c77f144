/**
 * What the trace checker knows of an assembly: which instances there are, whose outputs each is built from, and how far
 * each should get. Worked out from the descriptors alone, in another way than the planner does it.
 */
import type { AssemblyDescriptor, PropertyDefinition, Relationship, ResourceDescriptor } from '../model/descriptor.ts'
import { parseExpression } from '../model/expression.ts'
import type { Instance } from '../model/topology.ts'
import type { Recording } from './trace.ts'

export const HEIGHT: Readonly<Record<string, number>> = { Created: 1, Installed: 2, Inactive: 3, Active: 4, Broken: 3 }
export const heightOf = (state: string | null | undefined): number => HEIGHT[state ?? ''] ?? 0

export interface Pair {
  readonly name: string | undefined
  readonly definition: Relationship
  readonly assembly: string
  readonly source: string
  readonly target: string
  readonly sourceHold: number
  readonly targetHold: number
  readonly sourceHeight: number
  readonly targetHeight: number
  /** It was there before. */
  readonly live: boolean
  /** An end had fallen below what it has to be for it. */
  readonly lost: boolean
}

export class TraceModel {
  readonly recording: Recording
  readonly instances: readonly Instance[]
  readonly #byName: ReadonlyMap<string, Instance>
  readonly #leaves = new Map<string, readonly string[]>()
  readonly #members: ReadonlyMap<string, readonly Instance[]>
  readonly pairs: readonly Pair[]
  /** Leaf → height that it should reach; others stay. */
  readonly goals = new Map<string, number>()
  readonly leaving = new Set<string>()

  constructor(recording: Recording) {
    this.recording = recording
    this.#byName = new Map(Object.entries(recording.accepted.instances))
    this.instances = [...this.#byName.values()]
    for (const one of this.instances) {
      if (one.kind !== 'resource') continue
      for (let at: string | undefined = one.name; at !== undefined && at !== ''; at = this.#byName.get(at)?.parent)
        this.#leaves.set(at, [...(this.#leaves.get(at) ?? []), one.name])
    }
    this.#members = Map.groupBy(
      [...this.instances].sort((left, right) => (left.index ?? 1) - (right.index ?? 1)),
      (one) => `${one.parent} ${one.component}`,
    )
    this.pairs = this.#findPairs()
    this.#setGoals()
    this.#raise()
  }

  instance(name: string): Instance | undefined {
    return this.#byName.get(name)
  }

  stateBefore(name: string): Instance['state'] {
    return this.recording.before.instances[name]?.state ?? null
  }

  resource(name: string): ResourceDescriptor | undefined {
    const descriptor = this.recording.descriptors[this.#byName.get(name)?.type ?? '']
    return descriptor?.kind === 'resource' ? descriptor : undefined
  }

  assembly(name: string): AssemblyDescriptor | undefined {
    const descriptor = this.recording.descriptors[this.#byName.get(name)?.type ?? '']
    return descriptor?.kind === 'assembly' ? descriptor : undefined
  }

  isBelow(name: string, above: string): boolean {
    for (let at: string | undefined = name; at !== undefined && at !== ''; at = this.#byName.get(at)?.parent)
      if (at === above) return true
    return false
  }

  leaves(above: string): readonly string[] {
    return this.#leaves.get(above) ?? []
  }

  members(parent: string, component: string): readonly Instance[] {
    return this.#members.get(`${parent} ${component}`) ?? []
  }

  goal(leaf: string): number {
    return this.goals.get(leaf) ?? heightOf(this.stateBefore(leaf))
  }

  /** Whether the pair has to be there in the end. */
  isNeeded(pair: Pair): boolean {
    if (this.leaving.has(pair.source) || this.leaving.has(pair.target)) return false
    return this.leaves(pair.target).every((leaf) => this.goal(leaf) >= pair.targetHeight)
  }

  isConcerned(pair: Pair): boolean {
    return [...this.leaves(pair.source), ...this.leaves(pair.target)].some((leaf) => this.goals.has(leaf))
  }

  #findPairs(): readonly Pair[] {
    const records = [
      ...Object.values(this.recording.accepted.relationships),
      ...Object.values(this.recording.before.relationships),
    ]
    const below = (state: string, modifier: string): number => heightOf(state) - (modifier === 'pre' ? 1 : 0)
    return this.instances.flatMap((one) =>
      Object.entries(this.assembly(one.name)?.relationships ?? {}).flatMap(([relationship, definition]) => {
        const ends = (list: Relationship['sources']): readonly string[] => [
          ...new Set(list.flatMap((end) => this.members(one.name, end.component).map((member) => member.name))),
        ]
        return ends(definition.sources).flatMap((source) =>
          ends(definition.targets).flatMap((target) => {
            if (source === target) return []
            const record = records.find(
              (known) =>
                known.assembly === one.name &&
                known.relationship === relationship &&
                known.source === source &&
                known.target === target,
            )
            const was = record === undefined ? undefined : this.recording.before.relationships[record.name]
            const sourceHold = below(definition.sourceState, definition.sourceModifier)
            const targetHold = below(definition.targetState, definition.targetModifier)
            const isUnder = (end: string, hold: number): boolean =>
              this.leaves(end).some(
                // A member that has yet to come takes nothing away from an end.
                (leaf) => leaf in this.recording.before.instances && heightOf(this.stateBefore(leaf)) < hold,
              )
            return [
              {
                name: record?.name,
                definition,
                assembly: one.name,
                source,
                target,
                sourceHold,
                targetHold,
                sourceHeight: heightOf(definition.sourceState),
                targetHeight: heightOf(definition.targetState),
                live: was?.state === 'Created',
                lost: isUnder(source, sourceHold) || isUnder(target, targetHold),
              },
            ]
          }),
        )
      }),
    )
  }

  #setGoals(): void {
    const { intent, before } = this.recording
    const set = (leaves: readonly string[], height: number): void => {
      for (const leaf of leaves) this.goals.set(leaf, height)
    }
    switch (intent.type) {
      case 'CreateAssembly':
      case 'ChangeAssemblyState':
        set(this.leaves(intent.assemblyName), heightOf(intent.intendedState))
        return
      case 'DeleteAssembly':
        for (const one of this.instances) this.leaving.add(one.name)
        set(this.leaves(intent.assemblyName), 0)
        return
      case 'HealAssembly':
        set([intent.brokenComponent], 4)
        return
      case 'ScaleInAssembly': {
        const [parent, component] = this.#cluster(intent.assemblyName, intent.clusterName)
        const members = this.members(parent, component)
        const increment = Number(this.assembly(parent)?.composition[component]?.cluster?.scalingIncrement)
        for (const member of members.slice(members.length - increment)) {
          for (const one of this.instances) if (this.isBelow(one.name, member.name)) this.leaving.add(one.name)
          set(this.leaves(member.name), 0)
        }
        return
      }
      case 'ScaleOutAssembly': {
        const [parent, component] = this.#cluster(intent.assemblyName, intent.clusterName)
        const members = this.members(parent, component)
        const own = new Set(members.flatMap((member) => this.leaves(member.name)))
        const standing = (leaf: string): boolean => heightOf(this.stateBefore(leaf)) >= 2
        const worth = (leaf: string): number =>
          this.stateBefore(leaf) === 'Broken' ? 4 : heightOf(this.stateBefore(leaf))
        const others = this.leaves(before.root).filter((leaf) => !own.has(leaf) && standing(leaf))
        const height = Math.min(4, ...(others.length > 0 ? others : [...own].filter(standing)).map(worth))
        for (const member of members) {
          const leaves = this.leaves(member.name)
          if (leaves.some((leaf) => worth(leaf) < height)) set(leaves, height)
        }
        return
      }
    }
  }

  #cluster(assembly: string, name: string): readonly [parent: string, component: string] {
    const path = `${assembly}__${name}`
    const cut = path.lastIndexOf('__')
    return [path.slice(0, cut), path.slice(cut + 2)]
  }

  #raise(): void {
    for (let again = true; again;) {
      again = false
      for (const pair of this.pairs) {
        if (!this.isConcerned(pair) || !this.isNeeded(pair)) continue
        for (const leaf of this.leaves(pair.source))
          if (this.goal(leaf) < pair.sourceHold) {
            this.goals.set(leaf, pair.sourceHold)
            again = true
          }
      }
    }
  }

  /** Whose outputs a property is made of; undefined: it has no value. */
  producers(name: string, property: string, open: readonly string[] = []): ReadonlySet<string> | undefined {
    const key = `${name}.${property}`
    const one = this.#byName.get(name)
    if (one === undefined || open.includes(key)) return undefined
    const trail = [...open, key]
    const resource = this.resource(name)
    const own =
      resource?.properties[property] ??
      resource?.privateProperties[property] ??
      this.assembly(name)?.properties[property]
    const mapped = this.mappings(name)[property]
    const written = (text: string | undefined): ReadonlySet<string> | undefined =>
      text === undefined ? undefined : this.producersOfText(text, name, trail)
    const given = (): ReadonlySet<string> | undefined => {
      if (one.parent === '') return Object.hasOwn(this.recording.rootProperties, property) ? new Set() : undefined
      const text = mapped?.value ?? mapped?.default
      return text === undefined ? undefined : this.producersOfText(text, one.parent, trail)
    }
    if (one.kind === 'reference') return given() ?? new Set([name])
    if (own?.readOnly === true || mapped?.readOnly === true) {
      if (one.kind === 'resource') return new Set([name])
      return written(own?.value) ?? (one.parent === '' ? undefined : given()) ?? written(own?.default)
    }
    return written(own?.value) ?? given() ?? written(own?.default)
  }

  mappings(name: string): Readonly<Record<string, PropertyDefinition>> {
    const one = this.#byName.get(name)
    const parent = this.assembly(one?.parent ?? '')
    const of = one?.kind === 'reference' ? parent?.references : parent?.composition
    return of?.[one?.component ?? '']?.properties ?? {}
  }

  producersOfText(
    text: string,
    owner: string,
    open: readonly string[] = [],
    ends?: { readonly source: string; readonly target: string },
  ): ReadonlySet<string> | undefined {
    const all = new Set<string>()
    for (const part of parseExpression(text, ends === undefined ? 'value' : 'relationship').parts) {
      if (typeof part === 'string' || part.kind === 'instance') continue
      const from =
        part.kind === 'property'
          ? [owner]
          : part.kind === 'end'
            ? [ends?.[part.end] ?? '']
            : this.members(owner, part.component)
                .map((member) => member.name)
                .filter((member) => !this.leaving.has(member) || this.leaving.has(owner))
      const isList = part.kind === 'member' && this.assembly(owner)?.composition[part.component]?.cluster !== undefined
      if (from.length === 0 && !isList) return undefined
      for (const name of from) {
        const found = this.producers(name, part.property, open)
        if (found === undefined) return undefined
        for (const producer of found) all.add(producer)
      }
    }
    return all
  }

  /** Everything that a resource (or reference) is built from. */
  inputsOf(name: string): ReadonlySet<string> {
    const resource = this.resource(name)
    const isReference = this.#byName.get(name)?.kind === 'reference'
    const properties = isReference
      ? Object.keys(this.mappings(name))
      : [...Object.keys(resource?.properties ?? {}), ...Object.keys(resource?.privateProperties ?? {})]
    const all = new Set<string>()
    for (const property of properties) for (const one of this.producers(name, property) ?? []) all.add(one)
    for (const special of ['deploymentLocation', 'resourceManager'])
      for (let at = name; at !== ''; at = this.#byName.get(at)?.parent ?? '') {
        const found = this.producers(at, special)
        for (const one of found ?? []) all.add(one)
        if (found !== undefined) break
      }
    for (const transition of Object.values(resource?.lifecycle ?? {}))
      for (const { value, default: otherwise } of Object.values(transition.properties))
        for (const one of this.producersOfText(value ?? otherwise ?? '', name) ?? []) all.add(one)
    all.delete(name)
    return all
  }
}
