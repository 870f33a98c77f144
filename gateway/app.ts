/** The whole API as one Hono app, without a server: tests ask it directly. */
import { HTTPException } from 'hono/http-exception'
import { asking } from './asking.ts'
import { mountActuator } from './control-loop/onap/actuator.ts'
import { mountControlLoops } from './control-loop/routes.ts'
import { RequestDurations } from './durations.ts'
import { edge, type EdgeState } from './edge.ts'
import { mountEvents, type EventStreams } from './events/routes.ts'
import { mountLifecycle } from './lifecycle/routes.ts'
import { unmatched } from './methods.ts'
import { mountDocuments } from './openapi.ts'
import type { GatewayParts } from './parts.ts'
import { Problem, renderProblem } from './problem.ts'
import { newApp, type App } from './routes.ts'
import { mountDeadLetters } from './runtime/dead-letters.ts'
import { mountEntities } from './runtime/entities.ts'
import { mountInstances } from './runtime/instances.ts'
import { nodeCondition } from './runtime/node-condition.ts'
import { mountOperations } from './runtime/operations.ts'
import { mountProjects } from './runtime/projects.ts'
import { mountProtocol } from './protocol/routes.ts'
import { mountServices } from './services/routes.ts'

export interface GatewayOptions extends GatewayParts {
  /** `operations`: only health and figures, for a node without the gateway's role. */
  readonly only?: 'operations'
  /** Adds routes of somebody else's (the bench's counter) behind the same middleware. */
  readonly extend?: (app: App) => void
}

export interface Gateway {
  readonly app: App
  readonly events: EventStreams
  /** Requests that failed for no known reason. */
  unexpectedErrors(): number
  /** `total`: taken on since the start. */
  readonly requests: () => { readonly total: number; readonly inFlight: number }
}

const NO_STREAMS: EventStreams = { count: () => 0, close: () => undefined }

export const createGateway = (options: GatewayOptions): Gateway => {
  const { config } = options
  const report = options.report ?? (() => undefined)
  const app = newApp()
  const state: EdgeState = {
    inFlight: 0,
    total: 0,
    // Read with each request: it can be configured while the gateway runs.
    get inFlightMax() {
      return config.inFlightMax
    },
    expose: config.expose,
    durations: new RequestDurations(),
  }
  let unexpected = 0

  const answerUnmatched = unmatched(app)
  app.notFound((c) => {
    const answer = answerUnmatched(c.req.method, c.req.path)
    return answer instanceof Problem ? renderProblem(answer, c.req.path) : answer
  })
  app.onError((error, c) => {
    if (error instanceof Problem) {
      if (error.status === 500) report(`${c.req.method} ${c.req.path}: ${error.message}`, error.cause)
      return renderProblem(error, c.req.path)
    }
    if (error instanceof HTTPException && error.status < 500)
      return renderProblem(
        new Problem({
          status: error.status,
          code: 'refused',
          message: error.message || 'refused',
          cause: error,
        }),
        c.req.path,
      )
    // The last resort: a fault of this program. Nothing of its inside goes out.
    unexpected++
    report(`${c.req.method} ${c.req.path} failed`, error)
    const message = 'something went wrong here that should not; it has been noted'
    return renderProblem(new Problem({ status: 500, code: 'internal', message }), c.req.path)
  })

  app.use('*', edge(state))
  const asks = asking(options)
  const events = options.only === 'operations' ? NO_STREAMS : mountEvents(app, options)
  const condition = nodeCondition(options, asks, {
    durations: state.durations,
    inFlight: () => state.inFlight,
    eventStreams: () => events.count(),
    unexpectedErrors: () => unexpected,
  })
  if (options.only !== 'operations') {
    mountLifecycle(app, options, asks)
    mountEntities(app, options, asks)
    mountInstances(app, options, asks)
    mountDeadLetters(app, options, asks)
    mountProjects(app, options, asks)
    mountServices(app, options, asks)
    mountProtocol(app, options, asks)
    // Before the rest of ONAP's API: it isn't negotiated in JSON and YAML.
    mountActuator(app, condition)
    mountControlLoops(app, options, asks)
  }
  mountOperations(app, condition)
  if (options.only !== 'operations') mountDocuments(app)
  options.extend?.(app)
  return {
    app,
    events,
    unexpectedErrors: () => unexpected,
    requests: () => ({ total: state.total, inFlight: state.inFlight }),
  }
}
