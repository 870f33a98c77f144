/** Command lines of the project's scripts: `--name value` and `--flag`, checked, with a usage text when they are off. */
import { parseArgs } from 'node:util'

export interface NumberOption {
  readonly default: number
  readonly min: number
  readonly max: number
}

/** @returns the value; ends the process with code 2 and the usage if it isn't a whole number within the bounds */
export const wholeNumber = (name: string, text: string | undefined, option: NumberOption, usage: string): number => {
  if (text === undefined) return option.default
  const value = Number(text)
  if (Number.isInteger(value) && value >= option.min && value <= option.max) return value
  return refuse(`--${name} takes a whole number from ${option.min} to ${option.max}, not ${text}`, usage)
}

export const refuse = (message: string, usage: string): never => {
  console.error(`${message}\n${usage}`)
  process.exit(2)
}

/** The options by name; unknown ones end the process with code 2 and the usage. */
export interface Arguments {
  readonly text: (name: string) => string | undefined
  /** All values of an option that may be repeated. */
  readonly list: (name: string) => readonly string[]
  readonly flag: (name: string) => boolean
  readonly rest: readonly string[]
}

export const readArguments = (
  options: Readonly<Record<string, 'text' | 'list' | 'flag'>>,
  usage: string,
): Arguments => {
  try {
    const { values, positionals } = parseArgs({
      options: Object.fromEntries(
        Object.entries(options).map(
          ([name, kind]) =>
            [name, { type: kind === 'flag' ? 'boolean' : 'string', multiple: kind === 'list' } as const] as const,
        ),
      ),
      allowPositionals: true,
    })
    return {
      text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
      list: (name) => {
        const value = values[name]
        return Array.isArray(value) ? value.map(String) : []
      },
      flag: (name) => values[name] === true,
      rest: positionals,
    }
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error), usage)
  }
}
