/** Control loops over HTTP: the API of ONAP, and what it lacks. */
import type { Asking } from '../asking.ts'
import type { GatewayParts } from '../parts.ts'
import type { App } from '../routes.ts'
import { mountOnap } from './onap/routes.ts'
import { controlLoopReads } from './reads.ts'
import { mountControlLoopRuntime } from './runtime/routes.ts'

export const mountControlLoops = (app: App, parts: GatewayParts, asks: Asking): void => {
  const reads = controlLoopReads(parts.queries, asks, parts.clock)
  mountOnap(app, parts, asks, reads)
  mountControlLoopRuntime(app, parts, asks, reads)
}
