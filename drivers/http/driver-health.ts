/** Whether an external driver is well, for our own health page: asked only when somebody wants to know, and not too often. */
import { errorText } from '../../runtime/fault.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { BoundedHttp } from './bounded-http.ts'
import { isHealthy } from './driver-answers.ts'

export interface DriverHealth {
  /** `undefined`: it hasn't answered yet. */
  readonly ok: boolean | undefined
  /** For people. */
  readonly note: string
  /** When it was asked; 0: not yet. */
  readonly atMs: number
}

export const driverHealth = (
  server: BoundedHttp,
  clock: Clock,
  limits: { readonly healthTimeoutMs: number; readonly healthTtlMs: number },
): (() => DriverHealth) => {
  let last: DriverHealth = { ok: undefined, note: `${server.url} hasn't answered yet`, atMs: 0 }
  let isAsking = false

  const ask = async (): Promise<Omit<DriverHealth, 'atMs'>> => {
    try {
      const call = { method: 'GET', path: '/management/health', timeoutMs: limits.healthTimeoutMs } as const
      const { status, text } = await server.call(call)
      if (status === 200 && isHealthy(text)) return { ok: true, note: `${server.url} is well` }
      return { ok: false, note: `${server.url} says ${status} and not that it is well` }
    } catch (error) {
      return { ok: false, note: errorText(error) }
    }
  }

  return () => {
    if (!isAsking && clock.now() - last.atMs >= limits.healthTtlMs) {
      isAsking = true
      void ask().then((answer) => {
        isAsking = false
        last = { ...answer, atMs: clock.now() }
      })
    }
    return last
  }
}
