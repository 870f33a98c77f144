/** What ONAP's API of control loops lacks: all of its routes. */
import type { Asking } from '../../asking.ts'
import type { GatewayParts } from '../../parts.ts'
import type { App } from '../../routes.ts'
import type { ControlLoopReads } from '../reads.ts'
import { mountAlarms } from './alarms.ts'
import { mountDefinitions } from './definitions.ts'
import { mountLoops } from './loops.ts'
import { mountParticipants } from './participants.ts'
import { mountServiceTemplates } from './service-templates.ts'

export const mountControlLoopRuntime = (app: App, parts: GatewayParts, asks: Asking, reads: ControlLoopReads): void => {
  mountLoops(app, parts, asks, reads)
  mountParticipants(app, parts, asks)
  mountAlarms(app, parts, asks)
  mountDefinitions(app, parts, asks, reads.commissioned)
  mountServiceTemplates(app, parts, asks, reads.commissioned)
}
