/** Processes of the bench's own, which report by message. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const forkBench = (file: string, args: readonly string[] = []): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
    execArgv: ['--expose-gc'],
    // What it prints is news of trouble.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })

/** Its next message. @throws if it ends, or `deadlineMs` pass, without one */
export const nextMessage = <Message>(child: ChildProcess, deadlineMs: number): Promise<Message> =>
  new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      child.off('error', onError)
    }
    const onMessage = (message: unknown): void => {
      settle()
      resolve(message as Message)
    }
    const onExit = (code: number | null, signal: string | null): void => {
      settle()
      reject(new Error(`a process of the bench ended with ${signal ?? code} before it had reported`))
    }
    const onError = (error: Error): void => {
      settle()
      reject(error)
    }
    const timer = setTimeout(() => {
      settle()
      reject(new Error(`a process of the bench said nothing for ${deadlineMs} ms`))
    }, deadlineMs)
    child.on('message', onMessage)
    child.on('exit', onExit)
    child.on('error', onError)
  })

/** Ends it for certain, and waits until it has ended. */
export const killed = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await gone
}
