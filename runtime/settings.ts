/** Settings from the environment: each with its variable, its meaning and a schema; all wrong ones are named at once. */
import type { z } from 'zod'

export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly env: string
  /** For the README's table: what it does, its unit, what happens at the limit. */
  readonly meaning: string
  readonly schema: Schema
}

export const setting = <Schema extends z.ZodType>(env: string, meaning: string, schema: Schema): Setting<Schema> => ({
  env,
  meaning,
  schema,
})

export type Settings = Readonly<Record<string, Setting>>
export type SettingValues<Of extends Settings> = { readonly [Name in keyof Of]: z.output<Of[Name]['schema']> }
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment holds values that can't be run with; `problems` has a line for each. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Reads settings; an empty value counts as none.
 * @throws {ConfigError} naming every wrong one
 */
export const readSettings = <Of extends Settings>(settings: Of, env: Environment): SettingValues<Of> => {
  const problems: string[] = []
  const values = Object.entries(settings).map(([name, { env: variable, schema }]) => {
    const parsed = schema.safeParse(env[variable] === '' ? undefined : env[variable])
    if (!parsed.success)
      problems.push(
        ...parsed.error.issues.map((issue) => `${variable}: ${issue.message} (it is ${JSON.stringify(env[variable])})`),
      )
    return [name, parsed.data] as const
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.fromEntries(values) as SettingValues<Of>
}

/**
 * Names in the environment that begin with `prefix` and that no setting has: most likely misspelt.
 * @returns one line each
 */
export const unknownVariables = (prefix: string, known: readonly Settings[], env: Environment): readonly string[] => {
  const names = new Set(known.flatMap((settings) => Object.values(settings).map((one) => one.env)))
  return Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !names.has(name))
    .map((name) => `${name} is not a setting; see the table in README.md`)
}
