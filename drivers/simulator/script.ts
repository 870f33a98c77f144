/**
 * How the simulated infrastructure is to behave, as properties whose names begin with `sim_` say (`drivers/README.md`
 * has the table). A deployment location sets defaults; a resource's own property wins. Pure.
 */
import { z } from 'zod'
import { DriverRefusal, failureCode, type FailureCode, type PropertyValue } from '../protocol.ts'
import { scriptedTimes, type ScriptedTimes } from './scripted-times.ts'

const DURATION_MS_MAX = 24 * 3_600_000
const REPEAT_MAX = 100

/** Both ends inclusive. */
export interface DurationRange {
  readonly minMs: number
  readonly maxMs: number
}

/** What the script says about one transition. */
export interface Behaviour {
  /** Until the work is done. */
  readonly delay: DurationRange
  /** From then until the answer. */
  readonly late: DurationRange
  /** How often the answer is given. */
  readonly repeat: number
  readonly fail: (ScriptedTimes & { readonly code: FailureCode }) | undefined
  readonly silent: ScriptedTimes | undefined
  readonly refuse: (ScriptedTimes & { readonly code: FailureCode }) | undefined
  /** Given with this very transition. */
  readonly outputsNow: Readonly<Record<string, PropertyValue>>
  /** Given when the resource's outputs are: with the transition that brings it into being. */
  readonly outputs: Readonly<Record<string, PropertyValue>>
}

const PROMPT: DurationRange = { minMs: 0, maxMs: 0 }
export const DEFAULT_BEHAVIOUR: Behaviour = {
  delay: PROMPT,
  late: PROMPT,
  repeat: 1,
  fail: undefined,
  silent: undefined,
  refuse: undefined,
  outputsNow: {},
  outputs: {},
}

const scalar = z.union([z.string(), z.number().transform(String)])

const duration = scalar.transform((text, context): DurationRange => {
  const found = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(text.trim())
  const minMs = Number(found?.[1])
  const maxMs = Number(found?.[2] ?? found?.[1])
  if (found && minMs <= maxMs && maxMs <= DURATION_MS_MAX) return { minMs, maxMs }
  context.addIssue({
    code: 'custom',
    message: `'${text}' is neither milliseconds nor a range of them, for instance 200 or 100..500 (at most ${DURATION_MS_MAX})`,
  })
  return z.NEVER
})

const repetitions = scalar.transform((text, context): number => {
  const times = /^\d{1,3}$/.test(text.trim()) ? Number(text) : 0
  if (times >= 1 && times <= REPEAT_MAX) return times
  context.addIssue({ code: 'custom', message: `'${text}' is not a number from 1 to ${REPEAT_MAX}` })
  return z.NEVER
})

const outputValue = z.union([
  z.string(),
  z.union([z.number(), z.boolean()]).transform(String),
  z.array(z.union([z.string(), z.union([z.number(), z.boolean()]).transform(String)])),
])
const outputObject = z.record(z.string(), outputValue)
const outputs = z.unknown().transform((given, context): Record<string, PropertyValue> => {
  const parsed = outputObject.safeParse(typeof given === 'string' ? jsonOf(given) : given)
  if (parsed.success) return parsed.data
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  context.addIssue({
    code: 'custom',
    message: `'${text}' is not a JSON object of values, for instance {"port":"5060"}`,
  })
  return z.NEVER
})

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Properties that exist once, and those that may end in `_<transition>`. */
const single = { sim_fail: scriptedTimes, sim_silent: scriptedTimes, sim_refuse: scriptedTimes } as const
const perTransition = {
  sim_delay_ms: duration,
  sim_late_ms: duration,
  sim_repeat: repetitions,
  sim_outputs: outputs,
} as const
const OUTPUT_PREFIX = 'sim_output_'
const KNOWN = [
  ...Object.keys(single),
  ...Object.keys(perTransition).map((name) => `${name}[_<transition>]`),
  `${OUTPUT_PREFIX}<name>`,
].join(', ')

type Properties = Readonly<Record<string, unknown>>

/** @throws {DriverRefusal} `INTERNAL_ERROR` for an unknown or wrong `sim_` property, saying which and what would be right */
export const scriptedBehaviour = (location: Properties, resource: Properties, transition: string): Behaviour => {
  const here = scriptedBy(resource, 'resource property')
  const there = scriptedBy(location, 'deployment location property')
  if (here.size === 0 && there.size === 0) return DEFAULT_BEHAVIOUR

  const oneOf = <Value>(name: string, schema: z.ZodType<Value>): Value | undefined => {
    const found = here.get(name) ?? there.get(name)
    return found === undefined ? undefined : schema.parse(found)
  }
  const forTransition = <Value>(name: string, schema: z.ZodType<Value>): Value | undefined => {
    const special = `${name}_${transition}`
    const found = here.get(special) ?? here.get(name) ?? there.get(special) ?? there.get(name)
    return found === undefined ? undefined : schema.parse(found)
  }
  const merged = (name: string): Record<string, PropertyValue> => ({
    ...(there.has(name) && outputs.parse(there.get(name))),
    ...(here.has(name) && outputs.parse(here.get(name))),
  })
  const named = [...there, ...here].flatMap(([name, value]) =>
    name.startsWith(OUTPUT_PREFIX) ? [[name.slice(OUTPUT_PREFIX.length), outputValue.parse(value)] as const] : [],
  )
  const timesOf = (name: keyof typeof single) => {
    const times = oneOf(name, single[name])?.find((each) => each.transition === transition || each.transition === '*')
    return times && { ...times, code: times.code ?? failureCode.enum.INFRASTRUCTURE_ERROR }
  }
  return {
    delay: forTransition('sim_delay_ms', duration) ?? PROMPT,
    late: forTransition('sim_late_ms', duration) ?? PROMPT,
    repeat: forTransition('sim_repeat', repetitions) ?? 1,
    fail: timesOf('sim_fail'),
    silent: timesOf('sim_silent'),
    refuse: timesOf('sim_refuse'),
    outputsNow: merged(`sim_outputs_${transition}`),
    outputs: { ...merged('sim_outputs'), ...Object.fromEntries(named) },
  }
}

/** The `sim_` properties that are set, each of them checked whether it concerns this transition or not. */
const scriptedBy = (properties: Properties, where: string): ReadonlyMap<string, unknown> => {
  const found = new Map<string, unknown>()
  for (const name in properties) {
    if (!name.startsWith('sim_')) continue
    const value = properties[name]
    if (value === undefined || value === null || value === '') continue
    const schema = schemaOf(name)
    if (!schema) throw refusal(`${where} ${name} isn't known; the simulator knows ${KNOWN}`)
    const checked = schema.safeParse(value)
    if (!checked.success)
      throw refusal(`${where} ${name}: ${checked.error.issues.map((issue) => issue.message).join('; ')}`)
    found.set(name, value)
  }
  return found
}

const schemaOf = (name: string): z.ZodType | undefined => {
  if (name.startsWith(OUTPUT_PREFIX) && name.length > OUTPUT_PREFIX.length) return outputValue
  for (const [known, schema] of Object.entries(single)) if (name === known) return schema
  for (const [known, schema] of Object.entries(perTransition))
    if (name === known || (name.startsWith(`${known}_`) && name.length > known.length + 1)) return schema
  return undefined
}

const refusal = (description: string): DriverRefusal => new DriverRefusal('INTERNAL_ERROR', description)
