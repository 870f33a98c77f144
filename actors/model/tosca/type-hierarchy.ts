/** Types with what they inherit by `derived_from`, over any number of levels, and never round in a circle. */
import { ownEntry } from '../../own-entry.ts'
import { wordAsBoolean } from '../reading.ts'
import { type EntityType, type PropertyDefinition, type ServiceTemplate, type TypeSection } from './service-template.ts'

/** Types above each other. */
export const INHERITANCE_DEPTH_MAX = 20
/** Properties and attributes of one type, inherited ones included. */
export const PROPERTIES_MAX = 1_000
/** Types whose properties are remembered: all of them could be more than fits into memory. */
const REMEMBERED_MAX = 200

export interface Lineage {
  /** The type and its ancestors as far as they are declared, nearest first. */
  readonly types: readonly (readonly [string, EntityType])[]
  /** The first ancestor that the template doesn't declare, or the type itself. */
  readonly undeclared?: string
  /** `derived_from` leads back to where it was: then to which type. */
  readonly cycleAt?: string
  readonly isTooDeep: boolean
}

export type PropertyDefinitions = ReadonlyMap<string, PropertyDefinition>

const NO_PROPERTIES: PropertyDefinitions = new Map()

type Definitions = Readonly<Record<string, PropertyDefinition>>

/** The types of one template. */
export interface Types {
  find(section: TypeSection, name: string): EntityType | undefined
  names(section: TypeSection): readonly string[]
  lineage(section: TypeSection, name: string): Lineage
  /** All properties, with what a type says about one going before what its ancestors say. */
  properties(section: TypeSection, name: string): PropertyDefinitions
  attributes(section: TypeSection, name: string): PropertyDefinitions
  /** How many properties and attributes the type and all its ancestors declare. */
  propertyCount(section: TypeSection, name: string): number
}

export function typesOf(template: ServiceTemplate): Types {
  const lineages = new Map<string, Lineage>()
  const properties = new Map<string, PropertyDefinitions>()
  const attributes = new Map<string, PropertyDefinitions>()
  const counts = new Map<EntityType, number>()
  const countOf = (type: EntityType): number => {
    const count = counts.get(type) ?? Object.keys(type.properties).length + Object.keys(type.attributes ?? {}).length
    counts.set(type, count)
    return count
  }
  // Types with too many are refused by the checks; until then, to merge them would only take its time.
  const definitionsOf = (section: TypeSection, name: string, of: (type: EntityType) => Definitions) =>
    types.propertyCount(section, name) > PROPERTIES_MAX ? NO_PROPERTIES : merged(types.lineage(section, name), of)
  const types: Types = {
    find: (section, name) => ownEntry(template[section], name),
    names: (section) => Object.keys(template[section]),
    lineage: (section, name) => remembered(lineages, section, name, () => lineageOf(template[section], name)),
    properties: (section, name) =>
      remembered(properties, section, name, () => definitionsOf(section, name, ({ properties }) => properties)),
    attributes: (section, name) =>
      remembered(attributes, section, name, () => definitionsOf(section, name, ({ attributes }) => attributes ?? {})),
    propertyCount: (section, name) =>
      types.lineage(section, name).types.reduce((sum, [, type]) => sum + countOf(type), 0),
  }
  return types
}

function remembered<Value>(memory: Map<string, Value>, section: string, name: string, make: () => Value): Value {
  const key = `${section} ${name}`
  const known = memory.get(key)
  if (known !== undefined) return known
  if (memory.size >= REMEMBERED_MAX) memory.clear()
  const value = make()
  memory.set(key, value)
  return value
}

function lineageOf(section: Readonly<Record<string, EntityType>>, name: string): Lineage {
  const types: (readonly [string, EntityType])[] = []
  for (let current: string | undefined = name; current !== undefined;) {
    const at: string = current
    if (types.some(([seen]) => seen === at)) return { types, cycleAt: at, isTooDeep: false }
    if (types.length >= INHERITANCE_DEPTH_MAX) return { types, isTooDeep: true }
    const type: EntityType | undefined = ownEntry(section, at)
    if (type === undefined) return { types, undeclared: at, isTooDeep: false }
    types.push([at, type])
    current = type.derived_from
  }
  return { types, isTooDeep: false }
}

function merged({ types }: Lineage, definitions: (type: EntityType) => Definitions): PropertyDefinitions {
  const all = new Map<string, PropertyDefinition>()
  for (const [, type] of types.toReversed()) {
    for (const [name, definition] of Object.entries(definitions(type))) {
      all.set(name, overriding(all.get(name), definition))
    }
  }
  return all
}

/** Of a property that gets another type, what was said about values of the old one counts no more. */
function overriding(inherited: PropertyDefinition | undefined, own: PropertyDefinition): PropertyDefinition {
  if (inherited === undefined) return own
  if (inherited.type === own.type) return { ...inherited, ...own }
  const { description, required, status, metadata } = inherited
  return {
    ...(description === undefined ? {} : { description }),
    ...(required === undefined ? {} : { required }),
    ...(status === undefined ? {} : { status }),
    ...(metadata === undefined ? {} : { metadata }),
    ...own,
  }
}

/** Whether a type is another or derives from it. */
export function isOfType(types: Types, section: TypeSection, name: string, ancestor: string): boolean {
  const lineage = types.lineage(section, name)
  return lineage.undeclared === ancestor || lineage.types.some(([declared]) => declared === ancestor)
}

/** TOSCA's own types (`tosca.nodes.Root`, ONAP's `tosca.nodetypes.Root`, …) need no declaration; they bring nothing that is checked. */
export const isNormative = (name: string): boolean => name.startsWith('tosca.')

export const isRequired = ({ required }: PropertyDefinition): boolean => required !== false

/** Set once per type, at commissioning. */
export function isCommon({ metadata }: PropertyDefinition): boolean {
  const common = metadata?.['common']
  return common === true || (typeof common === 'string' && wordAsBoolean(common) === true)
}

/** Whether all properties of a type are declared in the template: TOSCA's own roots bring none. */
export function areKnown(types: Types, section: 'node_types' | 'policy_types', name: string): boolean {
  const { types: declared, undeclared } = types.lineage(section, name)
  return declared.length > 0 && (undeclared === undefined || undeclared.endsWith('.Root'))
}
