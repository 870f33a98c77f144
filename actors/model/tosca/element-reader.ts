/** From the node template of an element to what the runtime has to know of it. */
import { ownEntry } from '../../own-entry.ts'
import { concept, type Concept } from '../../../participants/protocol/concept.ts'
import type { Properties } from '../../../participants/protocol/conversation.ts'
import type { Transition } from '../../../participants/protocol/states.ts'
import type { Path } from '../json-path.ts'
import type { Reading } from '../reading.ts'
import type { ElementType } from './element-type.ts'
import type { Evaluation } from './evaluation.ts'
import { evaluated } from './function-values.ts'
import { functionsIn } from './functions.ts'
import { commonProperties, viewOf } from './node-template-views.ts'
import type { NodeTemplate } from './service-template.ts'
import { described } from './simple-value-checks.ts'
import { bare } from './tosca-fields.ts'

const DEFAULT_TIMEOUT_S = 60
/** A bit more than a day, in any unit that is meant: what is more is a slip. */
const TIMEOUT_S_MAX = 100_000
const START_DELAY_MS_MAX = 100_000_000
const START_PHASE_MAX = 1_000

/** In seconds. ONAP spells them with Z, its states with S; both are read. */
const TIMEOUT_PROPERTIES: Readonly<Record<Transition, string>> = {
  UNINITIALISED2PASSIVE: 'uninitializedToPassiveTimeout',
  PASSIVE2RUNNING: 'passiveToRunningTimeout',
  RUNNING2PASSIVE: 'runningToPassiveTimeout',
  PASSIVE2UNINITIALISED: 'passiveToUninitializedTimeout',
}

/** The properties that ask for policies beside the node template (the constants of ONAP's runtime). */
const POLICY_PROPERTIES = ['policy_type_id', 'policy_id']

/** `undefined`: what is wrong is in the reading, as an error. */
export function elementTypeOf(
  evaluation: Evaluation,
  reading: Reading,
  name: string,
  node: NodeTemplate,
): ElementType | undefined {
  const path = ['topology_template', 'node_templates', name, 'properties']
  const view = viewOf(evaluation, name, node)
  const defaults = [...evaluation.types.properties('node_types', node.type)].flatMap(([property, definition]) =>
    definition.default === undefined
      ? []
      : [[property, evaluated(evaluation, definition.default, name, path)] as const],
  )
  const values = new Map([...defaults, ...Object.entries(view.properties)])
  const participantId = conceptAt(reading, values, ['participantId', 'participant_id'], path)
  // In the files of the proof of concept the participant that is named is its type, too.
  const participantType = conceptAt(reading, values, ['participantType', 'participant_type'], path) ?? participantId
  if (participantType === undefined) {
    const message = `'${name}' doesn't say which participants can carry it`
    reading.error(path, { code: 'no-participant-type', message, hint: `give it the property 'participantType'` })
  }
  warnOfUnsetInputs(evaluation, reading, name, view.properties, path)
  const whole = (property: string, fallback: number, max: number): number =>
    wholeNumber(reading, values, property, fallback, max, path)
  const timeoutMs = (transition: Transition): number =>
    1000 * whole(TIMEOUT_PROPERTIES[transition], DEFAULT_TIMEOUT_S, TIMEOUT_S_MAX)
  const element = {
    definition: { name, version: node.version },
    ...(node.description === undefined ? {} : { description: node.description }),
    type: node.type,
    typeVersion: view.type_version,
    ...(participantId === undefined ? {} : { participantId }),
    startPhase: whole('startPhase', 0, START_PHASE_MAX),
    startDelayMs: whole('startDelay', 0, START_DELAY_MS_MAX),
    timeoutsMs: {
      UNINITIALISED2PASSIVE: timeoutMs('UNINITIALISED2PASSIVE'),
      PASSIVE2RUNNING: timeoutMs('PASSIVE2RUNNING'),
      RUNNING2PASSIVE: timeoutMs('RUNNING2PASSIVE'),
      PASSIVE2UNINITIALISED: timeoutMs('PASSIVE2UNINITIALISED'),
    },
    commonProperties: commonProperties(evaluation, name, node),
    nodeTemplate: view as Properties,
    needsFragment: POLICY_PROPERTIES.some((property) => ownEntry(node.properties, property) !== undefined),
  }
  return participantType === undefined ? undefined : { ...element, participantType }
}

/** A participant would get the function instead of a value. */
function warnOfUnsetInputs(
  { template }: Evaluation,
  reading: Reading,
  name: string,
  values: Properties,
  path: Path,
): void {
  const { inputs } = template.topology_template
  const used = functionsIn(values).flatMap((call) => (call.name === 'get_input' ? [String(call.parameters[0])] : []))
  for (const input of new Set(used)) {
    const definition = ownEntry(inputs, input)
    if ((definition?.value ?? definition?.default ?? undefined) !== undefined) continue
    const message = `'${name}' refers to the input '${input}', which has no value`
    reading.warning(path, { code: 'unset-input', message, hint: 'give it a value or a default' })
  }
}

/** The value of a property by its name, else by what only differs in case and underscores (`participant_Id`). */
function valueAt(
  values: ReadonlyMap<string, unknown>,
  names: readonly string[],
): readonly [string, unknown] | undefined {
  const exact = names.find((name) => (values.get(name) ?? undefined) !== undefined)
  if (exact !== undefined) return [exact, values.get(exact)]
  const wanted = names.map(sameSpelling)
  return [...values].find(([name, value]) => value !== null && wanted.includes(sameSpelling(name)))
}

const sameSpelling = (name: string): string => bare(name).replaceAll('uninitialis', 'uninitializ')

function conceptAt(
  reading: Reading,
  values: ReadonlyMap<string, unknown>,
  names: readonly string[],
  path: Path,
): Concept | undefined {
  const found = valueAt(values, names)
  if (found === undefined) return undefined
  const [name, value] = found
  const parsed = concept.safeParse(value)
  if (parsed.success) return parsed.data
  const message = `'${name}' should be a name and a version, but here is ${described(value)}`
  const hint = 'for instance {name: org.example.Participant, version: 1.0.0}'
  reading.error([...path, name], { code: 'wrong-type', message, hint })
  return undefined
}

function wholeNumber(
  reading: Reading,
  values: ReadonlyMap<string, unknown>,
  property: string,
  fallback: number,
  max: number,
  path: Path,
): number {
  const found = valueAt(values, [property])
  if (found === undefined) return fallback
  const [name, value] = found
  const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max) return number
  const message = `'${name}' should be a whole number from 0 to ${max}, but here is ${described(value)}`
  reading.error([...path, name], { code: 'wrong-type', message })
  return fallback
}
