/** The whole system as `main.ts` runs it on one machine, with a simulator that does everything at once, in memory. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { deploymentLocationRef } from '../actors/addresses.ts'
import { createDefinitions } from '../actors/definitions.ts'
import type { DeploymentLocationState } from '../actors/deployment-location/protocol.ts'
import { LIVE_PARTITIONS, LIVE_TOPIC } from '../actors/live.ts'
import { DRIVER_REQUESTS_TOPIC } from '../drivers/protocol.ts'
import { resourceReports } from '../drivers/report-sink.ts'
import { memoryInfrastructure } from '../drivers/simulator/infrastructure-store.ts'
import { SimulatedInfrastructure } from '../drivers/simulator/infrastructure.ts'
import { simulatorDriver } from '../drivers/simulator/simulator-driver.ts'
import { startDriverWorker } from '../drivers/worker.ts'
import { createGateway } from '../gateway/app.ts'
import { readGatewayConfig } from '../gateway/config.ts'
import { openEmbedded, type Embedded } from '../persistence/embedded.ts'
import { errorText } from '../runtime/fault.ts'
import { Node } from '../runtime/node.ts'
import { localReplies } from '../runtime/replies.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { until } from '../runtime/testing/until.ts'

/** As in `main.ts`. */
const DRIVER_REQUEST_PARTITIONS = 8
const JOURNAL_MAX = 5_000_000

export interface OrderSystem {
  readonly node: Node
  readonly embedded: Embedded
  readonly infrastructure: SimulatedInfrastructure
  /** A request to the API without a socket. @throws if the answer isn't 2xx */
  request<Body>(method: string, path: string, body: string, contentType?: string): Promise<Body>
  close(): Promise<void>
}

export const openOrderSystem = async (folder: string): Promise<OrderSystem> => {
  const clock = systemClock
  const embedded = await openEmbedded({ path: join(folder, 'homeostat.sqlite'), synchronous: 'full' })
  const report = (text: string, error?: unknown): void =>
    console.error(`[bench] ${text}`, error === undefined ? '' : errorText(error))
  const node = new Node({
    incarnation: randomBytes(9).toString('base64url'),
    clock,
    log: embedded.log,
    store: embedded.store,
    replies: localReplies(),
    definitions: createDefinitions(),
    topics: { [DRIVER_REQUESTS_TOPIC]: DRIVER_REQUEST_PARTITIONS, [LIVE_TOPIC]: LIVE_PARTITIONS },
    config: { leaseCheckMs: 0 },
    onFault: (where, error) => report(`${where} was restarted`, error),
  })
  await node.start()
  await until(() => node.isReady)
  const infrastructure = new SimulatedInfrastructure({
    clock,
    store: memoryInfrastructure(JOURNAL_MAX),
    report: resourceReports(node, 'simulator'),
  })
  const simulator = simulatorDriver(infrastructure)
  const worker = await startDriverWorker({
    log: embedded.log,
    clock,
    client: node,
    locate: async (name) => {
      const view = await node.queries.entity<DeploymentLocationState>(deploymentLocationRef(name))
      if (!view?.state.location) return undefined
      const { infrastructureType: type, resourceManager, properties } = view.state.location
      return { name, type, resourceManager, properties }
    },
    drivers: new Map([[simulator.type, simulator]]),
    warn: (text, details) => report(`${text} ${JSON.stringify(details)}`),
  })
  const { app } = createGateway({
    client: node,
    queries: node.queries,
    deadLetters: node,
    log: embedded.log,
    clock,
    config: readGatewayConfig({}),
    report,
  })
  return {
    node,
    embedded,
    infrastructure,
    request: async <Body>(method: string, path: string, body: string, contentType = 'application/json') => {
      const response = await app.request(path, { method, body, headers: { 'content-type': contentType } })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
      return JSON.parse(text) as Body
    },
    close: async () => {
      await worker.close()
      await simulator.close()
      await node.stop()
      await embedded.close()
    },
  }
}
