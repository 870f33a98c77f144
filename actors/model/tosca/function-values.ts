/**
 * The values of functions, as far as they can be known: inputs that are given or have a default, properties of node
 * templates, and texts made of them. Attributes are known only at run time, so `get_attribute` stays. Bounded, and never
 * round in a circle.
 */
import { ownEntry } from '../../own-entry.ts'
import type { Path } from '../json-path.ts'
import { mayGoOn, UNKNOWN, wrongParameters, type Evaluation, type FunctionPlace } from './evaluation.ts'
import { functionIn, isForeignTemplate, type FunctionCall } from './functions.ts'
import { checkAttribute, isPart, targetOf, unknownMember } from './reference-targets.ts'
import { isRecord } from './service-template.ts'
import { concatenated, tokenOf } from './text-functions.ts'
import { nameHint } from './tosca-reading.ts'
import { areKnown } from './type-hierarchy.ts'

/** References that lead to each other, and values inside each other. */
const DEPTH_MAX = 100
/** Characters that a reference may copy for the price of one that is looked at. */
const COPIED_CHARS = 4

/** A value with all of its functions replaced whose values are known. */
export function evaluated(evaluation: Evaluation, value: unknown, self: string | undefined, path: Path): unknown {
  return valueOf(evaluation, value, { self, path, open: [], depth: 0 })
}

/** The value of a function, or `UNKNOWN`. */
export function functionValue(
  evaluation: Evaluation,
  call: FunctionCall,
  self: string | undefined,
  path: Path,
): unknown {
  return resultOf(evaluation, call, { self, path, open: [], depth: 0 })
}

function valueOf(evaluation: Evaluation, value: unknown, place: FunctionPlace): unknown {
  if (typeof value === 'string') chargeCopy(evaluation, value.length, place)
  if (typeof value !== 'object' || value === null) return value
  const keys = Array.isArray(value) ? [] : Object.keys(value)
  const size = Array.isArray(value) ? value.length : keys.length
  if (!mayGoOn(evaluation, 1 + size, place.path) || place.depth > 2 * DEPTH_MAX) return value
  for (const key of keys) chargeCopy(evaluation, key.length, place)
  const inside = { ...place, depth: place.depth + 1 }
  if (Array.isArray(value)) return value.map((item) => valueOf(evaluation, item, inside))
  if (isForeignTemplate(value)) return value
  const call = functionIn(value)
  if (call !== undefined) {
    const result = resultOf(evaluation, call, inside)
    return result === UNKNOWN ? value : result
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, valueOf(evaluation, entry, inside)]))
}

/** A text where a reference leads is there once more for each reference; those of the template itself were counted when it was read. */
function chargeCopy(evaluation: Evaluation, chars: number, { open, path }: FunctionPlace): void {
  if (open.length > 0) mayGoOn(evaluation, Math.ceil(chars / COPIED_CHARS), path)
}

function resultOf(evaluation: Evaluation, call: FunctionCall, place: FunctionPlace): unknown {
  switch (call.name) {
    case 'get_input':
      return inputValue(evaluation, call.parameters, place)
    case 'get_property':
      return propertyValue(evaluation, call.parameters, place)
    case 'get_attribute':
      checkAttribute(evaluation, call.parameters, place)
      return UNKNOWN
    case 'concat':
      return concatenated(evaluation, valuesOf(evaluation, call.parameters, place), place)
    case 'token':
      return tokenOf(evaluation, valuesOf(evaluation, call.parameters, place), place)
    case 'get_operation_output':
    case 'get_nodes_of_type':
    case 'get_artifact':
      return UNKNOWN
  }
}

const valuesOf = (evaluation: Evaluation, parameters: readonly unknown[], place: FunctionPlace): readonly unknown[] =>
  parameters.map((parameter) => valueOf(evaluation, parameter, place))

function inputValue(evaluation: Evaluation, [name, ...steps]: readonly unknown[], place: FunctionPlace): unknown {
  const { inputs } = evaluation.template.topology_template
  if (typeof name !== 'string') return wrongParameters(evaluation, 'get_input', 'the name of an input', place)
  const input = ownEntry(inputs, name)
  if (input === undefined) {
    const hint = nameHint(evaluation.reading, name, Object.keys(inputs)) ?? `declare it in topology_template.inputs`
    evaluation.reading?.error(place.path, { code: 'unknown-input', message: `there is no input '${name}'`, hint })
    return UNKNOWN
  }
  return followed(evaluation, `the input '${name}'`, input.value ?? input.default, steps, place)
}

function propertyValue(evaluation: Evaluation, parameters: readonly unknown[], place: FunctionPlace): unknown {
  const target = targetOf(evaluation, 'get_property', parameters, place)
  if (target === undefined) return UNKNOWN
  const { node, name, steps } = target
  const template = ownEntry(evaluation.template.topology_template.node_templates, node)
  if (template === undefined) return UNKNOWN
  const definition = evaluation.types.properties('node_types', template.type).get(name)
  const value = ownEntry(template.properties, name) ?? definition?.default
  if (value === undefined && definition === undefined) {
    const ofPart = [template.capabilities, template.requirements].some((part) => isPart(part, name))
    // What isn't declared here may have it.
    const isOpen = !areKnown(evaluation.types, 'node_types', template.type)
    if (!ofPart && !isOpen) unknownMember(evaluation, 'property', target, Object.keys(template.properties), place)
    return UNKNOWN
  }
  return followed(evaluation, `the property '${name}' of '${node}'`, value, steps, { ...place, self: node })
}

/** What a reference leads to: the value there, or what lies in it at some steps. */
function followed(
  evaluation: Evaluation,
  what: string,
  value: unknown,
  steps: readonly unknown[],
  place: FunctionPlace,
): unknown {
  if (place.open.includes(what)) {
    const circle = [...place.open.slice(place.open.indexOf(what)), what].slice(0, 6).join(' → ')
    evaluation.reading?.error(place.path, { code: 'cycle', message: `it refers to itself: ${circle}` })
    return UNKNOWN
  }
  if (place.open.length >= DEPTH_MAX) {
    const message = `it refers to something that refers on, more than ${DEPTH_MAX} times`
    evaluation.reading?.error(place.path, { code: 'too-deep', message })
    return UNKNOWN
  }
  if (value === undefined || value === null) return UNKNOWN
  let result = valueOf(evaluation, value, { ...place, open: [...place.open, what] })
  if (evaluation.work.left < 0) return UNKNOWN
  for (const step of steps) {
    const inner: unknown =
      Array.isArray(result) && typeof step === 'number'
        ? result[step]
        : isRecord(result)
          ? ownEntry(result, String(step))
          : undefined
    if (inner === undefined)
      return functionIn(result) === undefined ? nothingAt(evaluation, what, step, place) : UNKNOWN
    result = inner
  }
  return isWholly(result) ? result : UNKNOWN
}

function nothingAt({ reading }: Evaluation, what: string, step: unknown, place: FunctionPlace): typeof UNKNOWN {
  reading?.error(place.path, { code: 'unknown-step', message: `there is no '${String(step)}' in ${what}` })
  return UNKNOWN
}

/** A function that wasn't resolved means something only where it stands. */
const isWholly = (value: unknown): boolean => functionIn(value) === undefined
