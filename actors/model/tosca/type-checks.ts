/** Whether the types of a template fit together: what they derive from, the types of their properties, the defaults. */
import { ownEntry } from '../../own-entry.ts'
import type { Path } from '../json-path.ts'
import { recordOf } from '../reading.ts'
import {
  type EntityType,
  type PropertyDefinition,
  type SchemaDefinition,
  type ServiceTemplate,
  type TypeSection,
} from './service-template.ts'
import { INHERITANCE_DEPTH_MAX, isNormative, PROPERTIES_MAX } from './type-hierarchy.ts'
import { checkedValue, type ValueChecks } from './value-checks.ts'
import { BUILT_IN_TYPES, isKnownValueType } from './value-types.ts'
import { nameHint, pinnedTo } from './tosca-reading.ts'

/** The same types, with defaults as their types want them. */
export function checkedTypes(checks: ValueChecks, template: ServiceTemplate): Pick<ServiceTemplate, TypeSection> {
  const section = (name: TypeSection) =>
    recordOf(Object.entries(template[name]).map(([type, entity]) => [type, checkedType(checks, name, type, entity)]))
  return {
    data_types: section('data_types'),
    capability_types: section('capability_types'),
    relationship_types: section('relationship_types'),
    node_types: section('node_types'),
    policy_types: section('policy_types'),
  }
}

function checkedType(checks: ValueChecks, section: TypeSection, name: string, type: EntityType): EntityType {
  const path = [section, name]
  checkAncestors(checks, section, name, [...path, 'derived_from'])
  if (type.key_schema !== undefined) checkSchema(checks, type.key_schema, [...path, 'key_schema'])
  if (type.entry_schema !== undefined) checkSchema(checks, type.entry_schema, [...path, 'entry_schema'])
  return {
    ...type,
    properties: checkedMembers(checks, section, name, 'properties', type.properties),
    ...(type.attributes === undefined
      ? {}
      : { attributes: checkedMembers(checks, section, name, 'attributes', type.attributes) }),
  }
}

function checkAncestors({ reading, evaluation }: ValueChecks, section: TypeSection, name: string, path: Path): void {
  const { types, undeclared, cycleAt, isTooDeep } = evaluation.types.lineage(section, name)
  if (cycleAt === name) {
    const circle = [...types.map(([type]) => type), name].join(' → ')
    reading.error(path, { code: 'cycle', message: `it derives from itself: ${circle}` })
  }
  if (isTooDeep) {
    const message = `more than ${INHERITANCE_DEPTH_MAX} types above each other`
    reading.error(path, { code: 'too-deep', message })
  }
  if (evaluation.types.propertyCount(section, name) > PROPERTIES_MAX) {
    const message = `more than ${PROPERTIES_MAX} properties, inherited ones included`
    reading.error(path, { code: 'too-many-values', message })
  }
  const isParent = undeclared !== undefined && types.length === 1
  if (!isParent || isNormative(undeclared) || (section === 'data_types' && BUILT_IN_TYPES.includes(undeclared))) return
  const hint = nameHint(reading, undeclared, evaluation.types.names(section)) ?? 'what it brings is not known here'
  reading.warning(path, { code: 'unknown-type', message: `the type '${undeclared}' isn't declared`, hint })
}

/** The properties or attributes of a type, each together with what its ancestors say about it. */
function checkedMembers(
  checks: ValueChecks,
  section: TypeSection,
  typeName: string,
  what: 'properties' | 'attributes',
  definitions: Readonly<Record<string, PropertyDefinition>>,
): Record<string, PropertyDefinition> {
  const whole = checks.evaluation.types[what](section, typeName)
  return recordOf(
    Object.entries(definitions).map(([name, definition]) => {
      const path = [section, typeName, what, name]
      const merged = whole.get(name) ?? definition
      if (definition.default === undefined && merged.default !== undefined) {
        checkInheritedDefault(checks, section, typeName, what, name, merged)
      }
      return [name, checkedDefinition(checks, definition, path, merged)]
    }),
  )
}

/** A default that comes from above has to fit to what is said about the property here. */
function checkInheritedDefault(
  checks: ValueChecks,
  section: TypeSection,
  typeName: string,
  what: 'properties' | 'attributes',
  name: string,
  merged: PropertyDefinition,
): void {
  const { types } = checks.evaluation.types.lineage(section, typeName)
  const giver = types.find(([, type]) => ownEntry(type[what] ?? {}, name)?.default !== undefined)
  if (giver === undefined) return
  // What is odd about it was said where it stands.
  const reading = { ...pinnedTo(checks.reading, [section, typeName, what, name]), warning: () => undefined }
  checkedValue({ ...checks, reading }, merged, merged.default, [section, giver[0], what, name, 'default'])
}

/** @param whole with what types above say about it */
export function checkedDefinition<Definition extends PropertyDefinition>(
  checks: ValueChecks,
  definition: Definition,
  path: Path,
  whole: PropertyDefinition = definition,
): Definition {
  checkSchema(checks, definition, path)
  if (definition.default === undefined) return definition
  return { ...definition, default: checkedValue(checks, whole, definition.default, [...path, 'default']) }
}

function checkSchema(checks: ValueChecks, schema: SchemaDefinition, path: Path): void {
  const { types } = checks.evaluation
  const at = [...path, 'type']
  if (isKnownValueType(types, schema.type)) {
    checkTypeVersion(checks, types.find('data_types', schema.type), schema, path)
  } else {
    const message = `the type '${schema.type}' isn't declared: its values aren't checked`
    const hint = nameHint(checks.reading, schema.type, [...BUILT_IN_TYPES, ...types.names('data_types')])
    checks.reading.warning(at, { code: 'unknown-type', message, hint })
  }
  if (schema.key_schema !== undefined) checkSchema(checks, schema.key_schema, [...path, 'key_schema'])
  if (schema.entry_schema !== undefined) checkSchema(checks, schema.entry_schema, [...path, 'entry_schema'])
}

/** There is one type of a name in a template, so it is meant whatever its version. */
export function checkTypeVersion(
  { reading }: ValueChecks,
  type: EntityType | undefined,
  { type: name, type_version: wanted }: { readonly type: string; readonly type_version?: string },
  path: Path,
): void {
  if (type?.version === undefined || wanted === undefined || wanted === type.version) return
  const message = `the version ${wanted} of '${name}' isn't declared: ${type.version} is taken`
  reading.warning([...path, 'type_version'], {
    code: 'type-version',
    message,
    hint: `write type_version: ${type.version}`,
  })
}
