/** The functions of TOSCA (Simple Profile 1.3, chapter 4) where they stand in a value: a map with one entry. */
import { isRecord } from './service-template.ts'

const REFERENCES = ['get_input', 'get_property', 'get_attribute'] as const
/** What only an orchestrator of nodes can answer: kept as they are. */
const RUNTIME_REFERENCES = ['get_operation_output', 'get_nodes_of_type', 'get_artifact'] as const

export type FunctionName = (typeof REFERENCES)[number] | (typeof RUNTIME_REFERENCES)[number] | 'concat' | 'token'

export interface FunctionCall {
  readonly name: FunctionName
  readonly parameters: readonly unknown[]
}

/**
 * `undefined`: it is a value like any other. `{ token: 'secret' }` and `{ concat: 'x' }` are, too: only with a list are
 * they functions.
 */
export function functionIn(value: unknown): FunctionCall | undefined {
  if (!isRecord(value)) return undefined
  const entries = Object.entries(value)
  const [first] = entries
  if (first === undefined || entries.length > 1) return undefined
  const [key, argument] = first
  const list: readonly unknown[] | undefined = Array.isArray(argument) ? argument : undefined
  if (key === 'concat' || key === 'token') return list === undefined ? undefined : { name: key, parameters: list }
  const name = [...REFERENCES, ...RUNTIME_REFERENCES].find((one) => one === key)
  return name === undefined ? undefined : { name, parameters: list ?? [argument] }
}

/** A template inside of a value (a DCAE blueprint, for instance) is a world of its own: its functions aren't ours. */
export const isForeignTemplate = (value: unknown): boolean =>
  isRecord(value) && Object.hasOwn(value, 'tosca_definitions_version')

/** All calls in a value, those in the parameters of others included. */
export function functionsIn(value: unknown): readonly FunctionCall[] {
  if (Array.isArray(value)) return value.flatMap(functionsIn)
  if (!isRecord(value) || isForeignTemplate(value)) return []
  const call = functionIn(value)
  return call === undefined
    ? Object.values(value).flatMap(functionsIn)
    : [call, ...call.parameters.flatMap(functionsIn)]
}
