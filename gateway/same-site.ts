/**
 * Keeps web pages out. A server on loopback without authentication can still be reached by any page that a browser on
 * this machine shows: directly (cross-site requests) or through a name that its owner points at 127.0.0.1 (DNS
 * rebinding). So the name by which we are called must be one of this machine's own, and a page that orders something
 * must come from here.
 */
import { type GatewayConfig, isLoopback } from './config.ts'
import { Problem } from './problem.ts'

const hostName = (host: string): string => host.replace(/:\d+$/, '')

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Undefined: nothing against it. An exposed gateway is called by names that it can't know, so only the origin is left to
 * compare with them; whoever exposes it has put something before it that lets only friends through.
 */
export const refusedSite = (
  expose: GatewayConfig['expose'],
  method: string,
  host: string | undefined,
  origin: string | undefined,
): Problem | undefined => {
  if (expose === 'off' && host !== undefined && !isLoopback(hostName(host)))
    return new Problem({
      status: 421,
      code: 'foreign-host',
      message: 'this server answers only to the names of loopback, such as 127.0.0.1 or localhost',
    })
  if (origin === undefined || SAFE.has(method) || origin === `http://${host}` || origin === `https://${host}`)
    return undefined
  return new Problem({
    status: 403,
    code: 'foreign-origin',
    message: 'pages of other origins may not change anything here',
  })
}
