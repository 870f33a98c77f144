/** A node, or another program of this project, as a process of its own: started, killed, started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const OUTPUT_CHARS_MAX = 20_000

export class NodeProcess {
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #program: string
  #child: ChildProcess | undefined
  #url: string | undefined
  /** The current process was told to end: what it still prints doesn't say where it is. */
  #isEnding = false
  /** What the current process, or the last one, has printed. */
  output = ''

  /**
   * `environment`: settings on top of the environment of this process, whose own settings of a node don't count.
   * `program`: relative to the project's folder.
   */
  constructor(environment: Readonly<Record<string, string>>, program = 'main.ts') {
    this.#program = join(ROOT, program)
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('HOMEOSTAT_'))
    this.#environment = { ...Object.fromEntries(inherited), ...environment }
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Where it can be reached, while it can. */
  get url(): string | undefined {
    return this.#url
  }

  /** Spawns it; it isn't there yet. `changes`: settings that this process has otherwise; `undefined`: that it hasn't. */
  spawn(changes: Readonly<Record<string, string | undefined>> = {}): void {
    const child = spawn(process.execPath, [this.#program], {
      env: { ...this.#environment, ...changes },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#url = undefined
    this.#isEnding = false
    this.output = ''
    const hear = (text: string): void => {
      // The last words of the process before.
      if (this.#child !== child) return
      this.output = (this.output + text).slice(-OUTPUT_CHARS_MAX)
      if (!this.#isEnding) this.#url ??= /is up at (http:\S+)\s/.exec(this.output)?.[1]
    }
    child.once('exit', () => {
      if (this.#child !== child) return
      this.#isEnding = true
      this.#url = undefined
    })
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
  }

  /** @throws if it ends by itself, with what it printed */
  assertRunning(): void {
    if (this.#child?.exitCode !== null) throw new Error(`the node has ended by itself:\n${this.output}`)
  }

  /** Resolves when it can be reached. @throws if it ends by itself, or takes longer */
  async up(deadlineMs = 60_000): Promise<string> {
    const endMs = Date.now() + deadlineMs
    for (;;) {
      if (this.#url !== undefined) return this.#url
      this.assertRunning()
      if (Date.now() > endMs) throw new Error(`not up within ${deadlineMs} ms:\n${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Resolves when the process has ended, however that came. */
  get ended(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
    return once(child, 'exit').then(() => undefined)
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
    this.#isEnding = true
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    return child.exitCode
  }
}
