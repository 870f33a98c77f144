/** The lifecycle API: all of its routes. */
import type { Asking } from '../asking.ts'
import type { GatewayParts } from '../parts.ts'
import type { App } from '../routes.ts'
import { mountCatalogue } from './catalogue.ts'
import { mountIntents } from './intents.ts'
import { mountLocations } from './locations.ts'
import { mountManagers } from './managers.ts'
import { mountMetrics } from './metrics.ts'
import { mountProcesses } from './processes.ts'
import { mountTopology } from './topology.ts'

export const mountLifecycle = (app: App, parts: GatewayParts, asks: Asking): void => {
  mountIntents(app, parts, asks)
  mountProcesses(app, parts, asks)
  mountTopology(app, parts, asks)
  mountCatalogue(app, parts, asks)
  mountLocations(app, parts, asks)
  mountManagers(app, parts, asks)
  mountMetrics(app, parts, asks)
}
