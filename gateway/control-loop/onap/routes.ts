/** ONAP's API of control loops: all of its routes. */
import type { Asking } from '../../asking.ts'
import type { GatewayParts } from '../../parts.ts'
import type { App } from '../../routes.ts'
import { wishChecks } from '../loop-wishes.ts'
import type { ControlLoopReads } from '../reads.ts'
import { statisticsIn } from '../statistics.ts'
import { mountCommand } from './command.ts'
import { mountCommissioning } from './commissioning.ts'
import { onapEdge } from './edge.ts'
import { mountInstanceProperties } from './instance-properties.ts'
import { mountInstantiationState } from './instantiation-state.ts'
import { mountInstantiation } from './instantiation.ts'
import { mountMonitoring } from './monitoring.ts'
import { BASE } from './responses.ts'
import { mountTemplateParts } from './template-parts.ts'

export const mountOnap = (app: App, parts: GatewayParts, asks: Asking, reads: ControlLoopReads): void => {
  const { commissioned, stored, participants } = reads
  const check = wishChecks(commissioned, participants)
  app.use(`${BASE}/*`, onapEdge)
  mountCommissioning(app, parts, asks, commissioned)
  mountTemplateParts(app, parts, asks, commissioned)
  mountInstantiation(app, parts, asks, check, stored)
  mountCommand(app, parts, asks, participants, stored)
  mountInstanceProperties(app, parts, asks, commissioned, check, stored)
  mountInstantiationState(app, stored)
  mountMonitoring(app, statisticsIn(parts.queries, asks), stored)
}
