/** The catalogue as the model sees it: descriptors loaded from the store, as many as an order needs. */
import { DESCRIPTOR, descriptorRef } from '../../actors/addresses.ts'
import type { DescriptorState } from '../../actors/descriptor/protocol.ts'
import { DESCRIPTOR_SET_MAX, descriptorSet } from '../../actors/model/catalogue.ts'
import type { DescriptorSource } from '../../actors/model/descriptor-source.ts'
import type { Descriptor, DescriptorSet, Finding } from '../../actors/model/descriptor.ts'
import { readDescriptor } from '../../actors/model/descriptor-reader.ts'
import type { Asking } from '../asking.ts'
import { nearestNames } from '../hints.ts'
import type { GatewayParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { scan } from '../scan.ts'

/** Names looked through for the one that was meant. */
const NAMES_MAX = 2000
/** More than a set may hold, because templates that are inherited from don't count there. */
const LOADED_MAX = 2 * DESCRIPTOR_SET_MAX

export interface Catalogue {
  stored(name: string): Promise<DescriptorState | undefined>
  names(): Promise<readonly string[]>
  /** Everything that `name` is made of or inherits from, as far as it is there. */
  source(name: string): Promise<DescriptorSource>
  /** @throws {Problem} 400 if it isn't there or doesn't fit together */
  set(name: string): Promise<DescriptorSet>
}

const mentionedBy = (descriptor: Descriptor): readonly string[] =>
  descriptor.kind === 'resource'
    ? []
    : [
        ...Object.values(descriptor.composition).map(({ type }) => type),
        ...(descriptor.derivedFrom === undefined ? [] : [descriptor.derivedFrom]),
      ]

export const findingText = ({ file, line, column, path, message, hint }: Finding): string =>
  `${file === undefined ? '' : `${file}: `}${line === undefined ? path : `line ${line}, column ${column ?? 1} (${path})`}: ` +
  `${message}${hint === undefined ? '' : ` (${hint})`}`

/** 400 that shows the first error in its message and all findings in its details. */
export const problemOfFindings = (what: string, findings: readonly Finding[]): Problem => {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const [first] = errors
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new Problem({
    status: 400,
    code: 'descriptor-invalid',
    message: `${what} is not valid: ${first ? findingText(first) : 'no reason given'}${more}`,
    details: { findings },
  })
}

export const catalogueOf = ({ queries }: Pick<GatewayParts, 'queries'>, asks: Asking): Catalogue => {
  const many = async (names: readonly string[]): Promise<ReadonlyMap<string, Descriptor>> => {
    const views = await asks.read(queries.entities<DescriptorState>(names.map(descriptorRef)))
    return new Map(
      names.flatMap((name, index) => {
        const state = views[index]?.state
        const descriptor = state?.present ? readDescriptor(state.text, { name }).descriptor : undefined
        return descriptor ? [[name, descriptor] as const] : []
      }),
    )
  }
  const names = async (): Promise<readonly string[]> => {
    const { items } = await scan(queries, asks, { kind: DESCRIPTOR, field: 'name' }, NAMES_MAX, (rows) =>
      rows.map(({ id }) => id),
    )
    return items
  }
  /** Level by level, each level in one read. */
  const source = async (name: string): Promise<DescriptorSource> => {
    const known = new Map<string, Descriptor>()
    const asked = new Set<string>()
    for (let wanted = [name]; wanted.length > 0 && asked.size < LOADED_MAX;) {
      for (const one of wanted) asked.add(one)
      const found = await many(wanted)
      for (const [one, descriptor] of found) known.set(one, descriptor)
      wanted = [...new Set([...found.values()].flatMap(mentionedBy))].filter((one) => !asked.has(one))
    }
    return { find: (one) => known.get(one), names: () => known.keys() }
  }
  return {
    stored: async (name) => {
      const view = await asks.read(queries.entity<DescriptorState>(descriptorRef(name)))
      return view?.state.present ? view.state : undefined
    },
    names,
    source,
    set: async (name) => {
      const found = await source(name)
      if (!found.find(name))
        throw new Problem({
          status: 400,
          code: 'descriptor-not-found',
          message: `No descriptor found with name: ${name}`,
          details: { nearest: nearestNames(name, await names()) },
        })
      const { set } = descriptorSet(found, name)
      if (set) return set
      // Once more for the hints: only now are all names of the catalogue worth a look.
      const all = await names()
      throw problemOfFindings(name, descriptorSet({ ...found, names: () => all }, name).findings)
    },
  }
}
