/** A server process of our own: its folder, its log, its end. What Redis and Kafka have in common. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWatchdog } from './watchdog.ts'

export interface LocalServer {
  /** Of the process that runs now or ran last. */
  readonly pid: number
  /** Data and log; removed by `stop`. */
  readonly folder: string
  /**
   * Sends a signal to the server. Resolves when the process is gone, for signals that end one (`SIGKILL`, the default;
   * `SIGTERM`); at once for `SIGSTOP` and `SIGCONT`.
   */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** On the same port, from what is in its folder; ends the process first if it runs. Resolves when it answers. */
  restart(signal?: NodeJS.Signals): Promise<void>
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>
}

export interface Launch {
  /** `redis`, `kafka`: part of the folder's name and of error messages. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly answers: () => Promise<boolean>
  /** How long it may take until it answers. */
  readonly startTimeoutMs: number
}

const LOG = 'server.log'
const LOG_LINES_SHOWN = 15
const POLL_MS = 25

const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT'])

export const newFolder = (name: string): string => mkdtempSync(join(tmpdir(), `homeostat-${name}-`))

const lastLines = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-LOG_LINES_SHOWN).join('\n')
  } catch {
    return '(no log)'
  }
}

/** `folder` exists and belongs to the server from here on: it goes when this fails, when it is stopped, or when we die. */
export const startLocalServer = async (folder: string, launch: Launch): Promise<LocalServer> => {
  const log = join(folder, LOG)
  const watchdog = startWatchdog(folder)
  let child: ChildProcess | undefined
  let ended: Promise<void> = Promise.resolve()
  let isRunning = false
  let pid = 0
  let problem = ''

  const start = async (): Promise<void> => {
    const output = openSync(log, 'a')
    try {
      child = spawn(launch.command, launch.args, {
        cwd: folder,
        env: { ...process.env, ...launch.env },
        detached: true,
        stdio: ['ignore', output, output],
      })
    } finally {
      closeSync(output)
    }
    const started = child
    problem = ''
    isRunning = started.pid !== undefined
    if (started.pid !== undefined) {
      pid = started.pid
      watchdog.watch(pid)
    }
    ended = new Promise((resolve) => {
      const end = (reason: string): void => {
        problem = reason
        isRunning = false
        watchdog.rest()
        resolve()
      }
      started.once('error', (error) => end(error.message))
      started.once('exit', (code, signal) => end(`ended with ${signal ?? `code ${code}`}`))
    })
    const deadlineMs = Date.now() + launch.startTimeoutMs
    for (;;) {
      if (!isRunning && problem === '') await ended
      if (!isRunning) throw new Error(`${launch.name} ${problem}. The end of its log:\n${lastLines(log)}`)
      if (await launch.answers()) break
      if (Date.now() > deadlineMs) {
        const text = `${launch.name} did not answer within ${launch.startTimeoutMs} ms. The end of its log:\n${lastLines(log)}`
        await kill('SIGKILL')
        throw new Error(text)
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    // It ends with us, so it need not keep us alive.
    started.unref()
  }

  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (!isRunning) return
    try {
      process.kill(-pid, signal)
    } catch {
      // It went by itself in this moment; `exit` is on its way.
    }
    if (!ENDING.has(signal)) return
    child?.ref()
    await ended
  }

  const stop = async (): Promise<void> => {
    await kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
    watchdog.dismiss()
  }

  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    get pid() {
      return pid
    },
    folder,
    kill,
    restart: async (signal) => {
      await kill(signal)
      await start()
    },
    stop,
  }
}
