/** A node of the bench, as a process of its own: asked for what it uses, stopped, killed. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { RuntimeConfig } from '../../runtime/config.ts'
import { type MemberAnswers, type MemberQuestion, type MemberReport, RUNTIME_VARIABLE } from './member-orders.ts'

const UP_DEADLINE_MS = 60_000
const ANSWER_DEADLINE_MS = 60_000
const STOP_DEADLINE_MS = 20_000
const TAIL_CHARS = 4_000

/** Settings of nodes come from the bench only, not from whoever runs it. */
const inherited = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOMEOSTAT_')))

export interface MemberOptions {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  readonly roles?: string
  readonly runtime?: Partial<RuntimeConfig>
}

export class Member {
  readonly name: string
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (value: unknown) => void>()
  #requests = 0
  #url: string | undefined
  #isEnding = false
  /** The end of what it printed: news of trouble. */
  output = ''

  private constructor({ name, environment, roles = 'gateway,worker', runtime = {} }: MemberOptions) {
    this.name = name
    this.#child = fork(join(import.meta.dirname, 'node.ts'), [], {
      env: {
        ...inherited(),
        ...environment,
        HOMEOSTAT_NODE: name,
        HOMEOSTAT_ROLES: roles,
        [RUNTIME_VARIABLE]: JSON.stringify(runtime),
      },
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const hear = (text: string): void => void (this.output = (this.output + text).slice(-TAIL_CHARS))
    this.#child.stdout?.setEncoding('utf8').on('data', hear)
    this.#child.stderr?.setEncoding('utf8').on('data', hear)
    this.#child.on('message', (report: MemberReport) => this.#take(report))
  }

  /** Resolves when it can be reached. @throws with what it printed if it ends first, or takes too long */
  static async start(options: MemberOptions): Promise<Member> {
    const member = new Member(options)
    const endMs = performance.now() + UP_DEADLINE_MS
    while (member.#url === undefined) {
      if (member.#hasEnded || performance.now() > endMs) {
        await member.kill()
        throw new Error(`${options.name} did not come up:\n${member.output}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return member
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get url(): string {
    return this.#url ?? ''
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  /** @throws if it ends, or doesn't answer in time */
  async ask<Question extends MemberQuestion>(question: Question): Promise<MemberAnswers[Question]> {
    const number = this.#requests++
    return new Promise((resolve, reject) => {
      const onExit = (): void => settle(() => reject(new Error(`${this.name} has ended:\n${this.output}`)))
      const settle = (how: () => void): void => {
        clearTimeout(timer)
        this.#child.off('exit', onExit)
        this.#waiting.delete(number)
        how()
      }
      const timer = setTimeout(
        () => settle(() => reject(new Error(`${this.name} did not answer ${question}:\n${this.output}`))),
        ANSWER_DEADLINE_MS,
      )
      this.#child.once('exit', onExit)
      this.#waiting.set(number, (value) => settle(() => resolve(value as MemberAnswers[Question])))
      this.#child.send({ number, question })
    })
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks it to stop, and kills it if it doesn't in time. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS)
    await this.#end('SIGTERM')
    clearTimeout(timer)
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#hasEnded) return
    const exited = once(this.#child, 'exit')
    if (!this.#isEnding || signal === 'SIGKILL') this.#child.kill(signal)
    this.#isEnding = true
    await exited
  }

  #take(report: MemberReport): void {
    switch (report.type) {
      case 'up':
        this.#url = report.url
        return
      case 'answer':
        this.#waiting.get(report.number)?.(report.value)
        return
    }
  }
}

/** All of them at once; those that came up are ended again if one doesn't. */
export const startMembers = async (all: readonly MemberOptions[]): Promise<readonly Member[]> => {
  const started = await Promise.allSettled(all.map((each) => Member.start(each)))
  const up = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = started.find((result) => result.status === 'rejected')
  if (failed) {
    await Promise.all(up.map((member) => member.kill()))
    throw failed.reason as Error
  }
  return up
}
