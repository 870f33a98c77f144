/**
 * What can be configured of each service while it runs. A value that isn't configured is the one that the node was
 * started with (its environment, else `default`). To add a setting: declare it here, and read it live where it counts.
 */
import { z } from 'zod'
import { ownEntry } from '../own-entry.ts'

export interface Configurable<Value = unknown> {
  /** What it does, its unit, what happens at the limit. */
  readonly meaning: string
  /** What a value must be, to be read behind "expected". */
  readonly expected: string
  /** From the text that is stored. */
  readonly schema: z.ZodType<Value>
  /** As text: what a node takes that isn't told otherwise. */
  readonly default: string
}

/** By service, then by the setting's name. */
export type Configurables = Readonly<Record<string, Readonly<Record<string, Configurable>>>>

const wholeNumber = (meaning: string, from: number, to: number, usual: number): Configurable<number> => ({
  meaning,
  expected: `a whole number from ${from} to ${to}`,
  schema: z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number)
    .refine((value) => value >= from && value <= to),
  default: String(usual),
})

const COUNT_MAX = 100_000
const DEADLINE_MAX_MS = 600_000

export const CONFIGURABLE = {
  gateway: {
    inFlightMax: wholeNumber('requests being worked on; more get 429 with Retry-After', 1, COUNT_MAX, 1024),
    eventClientsMax: wholeNumber('open event streams; more get 429', 0, COUNT_MAX, 256),
    askDeadlineMs: wholeNumber(
      'how long an order waits for the answer of its entity; then 504 (the outcome is unknown, asking again is safe)',
      10,
      DEADLINE_MAX_MS,
      10_000,
    ),
    readDeadlineMs: wholeNumber('how long a query waits for the store; then 503', 10, DEADLINE_MAX_MS, 5_000),
  },
  driver: {
    inFlightMax: wholeNumber(
      'requests read and not yet done, all drivers of a node together; at this many its worker stops reading',
      1,
      COUNT_MAX,
      2048,
    ),
    callsPerDriverMax: wholeNumber(
      'calls of a node to one driver type at the same time; the others wait in line',
      1,
      COUNT_MAX,
      256,
    ),
    callTimeoutMs: wholeNumber(
      'a call that has not ended after this long counts as a temporary error and is repeated',
      10,
      DEADLINE_MAX_MS,
      30_000,
    ),
    simulatedResourceManagers: {
      meaning: 'names, separated by commas, of resource managers whose locations are all answered by the simulator',
      expected: 'names separated by commas (nothing: none)',
      schema: z.string().transform((text): ReadonlySet<string> => new Set(names(text))),
      default: '',
    } satisfies Configurable<ReadonlySet<string>>,
  },
} as const satisfies Configurables

const names = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

export type ConfigurableService = keyof typeof CONFIGURABLE
/** The settings of a service that can change while it runs, with the types that they have once they are read. */
export type ConfiguredSettings<Service extends ConfigurableService> = {
  readonly [Name in keyof (typeof CONFIGURABLE)[Service]]: z.output<
    (typeof CONFIGURABLE)[Service][Name] extends Configurable<infer Value> ? z.ZodType<Value> : never
  >
}

/** Characters of one value; a longer one is refused. */
export const VALUE_CHARS_MAX = 4_096

export interface ConfigurationProblem {
  readonly key: string
  /** What is wrong and what would be right. */
  readonly problem: string
}

/** A service's settings; none for a service that declares none. */
export const settingsOf = (
  service: string,
  configurables: Configurables = CONFIGURABLE,
): Readonly<Record<string, Configurable>> => ownEntry(configurables, service) ?? {}

/** What is wrong with these values, setting by setting; empty: nothing. */
export const configurationProblems = (
  service: string,
  values: Readonly<Record<string, string>>,
  configurables: Configurables = CONFIGURABLE,
): readonly ConfigurationProblem[] => {
  const known = settingsOf(service, configurables)
  const list = Object.keys(known).join(', ')
  return Object.entries(values).flatMap(([key, value]): ConfigurationProblem[] => {
    const setting = ownEntry(known, key)
    if (!setting) return [{ key, problem: list ? `no such setting; there are ${list}` : 'it has no settings' }]
    const { expected, schema } = setting
    if (value.length > VALUE_CHARS_MAX) return [{ key, problem: `longer than ${VALUE_CHARS_MAX} characters` }]
    return schema.safeParse(value).success ? [] : [{ key, problem: `expected ${expected}, got ${shown(value)}` }]
  })
}

const shown = (value: string): string => JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)

/**
 * The values as an instance works with them. What this release doesn't know, or can't take, is left out and named: a
 * newer release may have stored it.
 */
export const readConfiguration = <Service extends ConfigurableService>(
  service: Service,
  values: Readonly<Record<string, string>>,
): { readonly settings: Partial<ConfiguredSettings<Service>>; readonly problems: readonly ConfigurationProblem[] } => {
  const known: Readonly<Record<string, Configurable>> = CONFIGURABLE[service]
  const problems = configurationProblems(service, values)
  const wrong = new Set(problems.map(({ key }) => key))
  const settings = Object.entries(values)
    .filter(([key]) => !wrong.has(key))
    .map(([key, value]) => [key, known[key]?.schema.parse(value)] as const)
  return { settings: Object.fromEntries(settings) as Partial<ConfiguredSettings<Service>>, problems }
}
