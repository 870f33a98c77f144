/** Processes of the chaos run: started, killed, frozen, woken and stopped by their own id, each with a bounded log file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export interface ProcessOptions {
  readonly name: string
  /** Of the log file, which goes on over restarts. */
  readonly folder: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** It has ended by itself, which nothing in the run asks of it. */
  readonly onUnexpectedEnd: (name: string, how: string) => void
}

/** What is printed beyond this is not kept: the beginning of trouble is what matters. */
const LOG_BYTES_MAX = 20_000_000
const TAIL_CHARS = 2_000

export class ChaosProcess {
  readonly name: string
  readonly logFile: string
  readonly #options: ProcessOptions
  #child: ChildProcess | undefined
  #isEnding = false
  #output = ''
  #isUp = false

  constructor(options: ProcessOptions) {
    this.#options = options
    this.name = options.name
    this.logFile = join(options.folder, `${options.name}.log`)
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** The current process has said so, however much it has printed since. */
  get isUp(): boolean {
    return this.#isUp
  }

  start(): void {
    if (this.#child) throw new Error(`${this.name} is running`)
    const [file = '', ...args] = this.#options.command
    const log = openSync(this.logFile, 'a')
    // Its channel closes with this process, and it ends by that: nothing is left behind by a killed run.
    const child = spawn(file, args, {
      env: { ...process.env, ...this.#options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#child = child
    this.#isEnding = false
    this.#output = ''
    this.#isUp = false
    let written = statSync(this.logFile).size
    const hear = (text: string): void => {
      const heard = this.#output + text
      this.#isUp ||= /\bis up\b/.test(heard)
      this.#output = heard.slice(-TAIL_CHARS)
      if (written >= LOG_BYTES_MAX) return
      const lines = text.replace(/^(?=.)/gm, `${new Date().toISOString()} `)
      written += writeSync(log, lines)
    }
    child.stdout?.setEncoding('utf8').on('data', hear)
    child.stderr?.setEncoding('utf8').on('data', hear)
    child.once('error', (error) => hear(`could not be started: ${error.message}\n`))
    child.once('close', (code, signal) => {
      hear(`ended: ${signal ?? `code ${code}`}\n`)
      closeSync(log)
      if (this.#child === child) this.#child = undefined
      if (!this.#isEnding) this.#options.onUnexpectedEnd(this.name, signal ?? `code ${code}`)
    })
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks it to stop, and kills it when it hasn't within `patienceMs`; answers whether it did by itself. */
  async stop(patienceMs: number): Promise<boolean> {
    const timer = setTimeout(() => void this.#end('SIGKILL'), patienceMs)
    const startedMs = performance.now()
    await this.#end('SIGTERM')
    clearTimeout(timer)
    return performance.now() - startedMs < patienceMs
  }

  /** To a program of this project that listens. */
  send(message: object): void {
    this.#child?.send(message)
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  wake(): void {
    this.#child?.kill('SIGCONT')
  }

  /** The last lines of its log, for reports. */
  tail(lines: number): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child) return
    this.#isEnding = true
    const closed = once(child, 'close')
    child.kill(signal)
    if (signal === 'SIGTERM') child.kill('SIGCONT')
    await closed
  }
}
