/** The gateway as a server: listens, and stops in an orderly way. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createGateway, type GatewayOptions } from './app.ts'
import { ConfigError } from '../runtime/settings.ts'
import { exposureProblem } from './config.ts'

/** How often a closing server lets go of connections that have become idle. */
const SWEEP_MS = 20

/**
 * How long a connection without a request is kept. Whoever keeps connections for the next request (proxies do for up to a minute) must
 * be the one who closes them: else a request that is on its way meets a connection that has just been closed.
 */
const IDLE_MS = 75_000

export interface RunningGateway {
  /** Where it can be reached, without a slash at the end. */
  readonly url: string
  /** `total`: taken on since the start. */
  readonly requests: () => { readonly total: number; readonly inFlight: number }
  /**
   * Stops taking connections, ends the event streams, waits for the requests in flight (at most `closeGraceMs`) and then
   * closes what is left.
   */
  readonly close: () => Promise<void>
}

/**
 * Starts listening.
 * @throws {ConfigError} for a host that other machines could reach, unless that is wanted; the error of the socket if it can't listen
 */
export const startGateway = async (options: GatewayOptions): Promise<RunningGateway> => {
  const { config, clock } = options
  // The configuration has been checked before; but whoever builds one by hand must not open the API to the world.
  const problem = exposureProblem(config)
  if (problem !== undefined) throw new ConfigError([problem])
  const { app, events, requests } = createGateway(options)
  const server = createAdaptorServer({
    fetch: app.fetch,
    // Text that isn't HTTP, and requests that never end, are answered by Node itself.
    createServer,
    serverOptions: {
      requestTimeout: config.bodyDeadlineMs,
      headersTimeout: config.bodyDeadlineMs,
      keepAliveTimeout: IDLE_MS,
    },
  }) as Server
  const hostname = config.host.replace(/^\[|\]$/g, '')
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port, hostname, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo
  const url = `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`

  let closing: Promise<void> | undefined
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      const stopWaiting = clock.schedule(config.closeGraceMs, () => server.closeAllConnections())
      let stopSweeping: (() => void) | undefined
      // A connection whose last request has ended would be kept alive for seconds, for a request that nobody takes.
      const sweep = (): void => {
        server.closeIdleConnections()
        stopSweeping = clock.schedule(SWEEP_MS, sweep)
      }
      server.close(() => {
        stopWaiting()
        stopSweeping?.()
        resolve()
      })
      events.close()
      sweep()
    })
  return { url, requests, close: () => (closing ??= close()) }
}
