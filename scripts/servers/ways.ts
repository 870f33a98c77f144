/** Ways to get a server, tried in order; and what is said when there is none. */

export type How = 'environment' | 'containers' | 'local'

export interface Server {
  /** For Redis its URL, for Kafka its brokers, both as in the environment. */
  readonly address: string
  /** What it is, for people: `redis-server from PATH`. */
  readonly description: string
  readonly stop: () => Promise<void>
}

/**
 * Undefined: this way isn't asked for, and not worth a word. Throws with the reason if it can't be gone: `Absent`, or
 * any error; a `FinalProblem` if no other way must be tried instead.
 */
export interface Way {
  readonly how: How
  readonly obtain: () => Promise<Server | undefined>
}

export type Obtained = Server & { readonly how: How }

/** This way doesn't exist on this machine, which surprises nobody: worth a word only if all others fail, too. */
export class Absent extends Error {}

/** Somebody asked for this way: to take another one silently would test something else than they think. */
export class FinalProblem extends Error {}

export class NoServer extends Error {
  readonly server: string
  readonly problems: readonly string[]

  constructor(server: string, problems: readonly string[]) {
    super(`no ${server} to be had:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.server = server
    this.problems = problems
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The first way that can be gone; `print` hears of those that failed before it. Throws `NoServer` with the reason of each. */
export const obtainFirst = async (
  server: string,
  ways: readonly Way[],
  print: (line: string) => void,
): Promise<Obtained> => {
  const problems: string[] = []
  for (const [index, { how, obtain }] of ways.entries()) {
    try {
      const obtained = await obtain()
      if (obtained !== undefined) return { ...obtained, how }
    } catch (error) {
      problems.push(`${how}: ${text(error)}`)
      if (error instanceof FinalProblem) break
      if (!(error instanceof Absent) && index < ways.length - 1) print(`${server} not from ${how}: ${text(error)}`)
    }
  }
  throw new NoServer(server, problems)
}
