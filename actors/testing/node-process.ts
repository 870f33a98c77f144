/** A node of its own process, as `npm start` runs it, on a folder of data: started, killed, started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '../../main.ts')
const OUTPUT_CHARS_MAX = 20_000

export class NodeProcess {
  readonly #environment: Readonly<Record<string, string | undefined>>
  #child: ChildProcess | undefined
  #url: string | undefined
  /** What the current process, or the last one, has printed. */
  output = ''

  /** `environment`: settings on top of the environment of this process, whose own settings of a node don't count. */
  constructor(environment: Readonly<Record<string, string>>) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('HOMEOSTAT_'))
    this.#environment = { ...Object.fromEntries(inherited), ...environment }
  }

  /** Where it can be reached, while it can. */
  get url(): string | undefined {
    return this.#url
  }

  /** Spawns it; it isn't there yet. */
  spawn(): void {
    const child = spawn(process.execPath, [MAIN], { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.output = ''
    const hear = (text: string): void => {
      this.output = (this.output + text).slice(-OUTPUT_CHARS_MAX)
      if (this.#child === child) this.#url ??= /is up at (http:\S+) /.exec(this.output)?.[1]
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
  }

  /** @throws if it ends by itself, with what it printed */
  assertRunning(): void {
    if (this.#child?.exitCode !== null) throw new Error(`the node has ended by itself:\n${this.output}`)
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks it to stop; resolves with its exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    this.#url = undefined
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    return child.exitCode
  }
}
