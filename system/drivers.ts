/** The driver role: workers that take requests from the log, and the drivers that they call. */
import { join } from 'node:path'
import { deploymentLocationRef } from '../actors/addresses.ts'
import type { DeploymentLocationState } from '../actors/deployment-location/protocol.ts'
import { SIMULATOR_TYPE } from '../drivers/choice.ts'
import { httpDriver } from '../drivers/http/http-driver.ts'
import { startCompletionEvents } from '../drivers/http/completion-events.ts'
import type { DriverWorkerLimits } from '../drivers/config.ts'
import type { LocateDeployment } from '../drivers/locations.ts'
import type { Driver } from '../drivers/protocol.ts'
import { resourceReports } from '../drivers/report-sink.ts'
import { infrastructureFile } from '../drivers/simulator/infrastructure-file.ts'
import { SimulatedInfrastructure } from '../drivers/simulator/infrastructure.ts'
import { simulatorDriver } from '../drivers/simulator/simulator-driver.ts'
import { type DriverWorker, startDriverWorker } from '../drivers/worker.ts'
import type { Node } from '../runtime/node.ts'
import type { Clock } from '../runtime/ports.ts'
import type { Backing, Report } from './backing.ts'
import type { NodeSettings } from './environment.ts'

export interface DriverRole {
  readonly worker: DriverWorker
  readonly types: readonly string[]
  close(): Promise<void>
}

const locateIn =
  (node: Node): LocateDeployment =>
  async (name) => {
    const view = await node.queries.entity<DeploymentLocationState>(deploymentLocationRef(name))
    if (!view?.state.location) return undefined
    const { infrastructureType: type, resourceManager, properties } = view.state.location
    return { name, type, resourceManager, properties }
  }

/**
 * On one machine the simulator runs here, over a file of its own. In a cluster an infrastructure must be the same for
 * every worker, so a simulated one is a driver like any other, in a process of its own.
 */
const driversOf = (backing: Backing, settings: NodeSettings, node: Node, clock: Clock): ReadonlyMap<string, Driver> => {
  if (backing.kind === 'embedded') {
    const infrastructure = new SimulatedInfrastructure({
      clock,
      store: infrastructureFile(join(settings.data.data, 'simulated-infrastructure.sqlite')),
      report: resourceReports(node, SIMULATOR_TYPE),
    })
    return new Map([[SIMULATOR_TYPE, simulatorDriver(infrastructure)]])
  }
  const { drivers, tenantId } = settings.drivers
  return new Map(drivers.map(({ type, url }) => [type, httpDriver({ type, url, tenantId, client: node, clock })]))
}

export interface DriverRoleParts {
  readonly backing: Backing
  readonly settings: NodeSettings
  /** Read each time: they can be configured while the workers run. */
  readonly limits: DriverWorkerLimits
  readonly node: Node
  readonly clock: Clock
  readonly report: Report
}

export const startDriverRole = async (parts: DriverRoleParts): Promise<DriverRole> => {
  const { backing, settings, limits, node, clock, report } = parts
  const warn = (text: string, details: Readonly<Record<string, unknown>>): void =>
    report(`${text} ${JSON.stringify(details)}`)
  const drivers = driversOf(backing, settings, node, clock)
  if (drivers.size === 0)
    report(
      'this node calls drivers but knows none: set HOMEOSTAT_DRIVERS, for instance simulator=http://127.0.0.1:8290',
    )
  const events =
    backing.kind === 'cluster'
      ? await startCompletionEvents({
          log: backing.log,
          topic: settings.drivers.eventsTopic,
          clock,
          client: node,
          warn,
        })
      : undefined
  const worker = await startDriverWorker({
    log: backing.log,
    clock,
    client: node,
    locate: locateIn(node),
    drivers,
    limits,
    warn,
  })
  return {
    worker,
    types: [...drivers.keys()],
    close: async () => {
      await worker.close()
      await events?.close()
      for (const driver of drivers.values()) await driver.close()
    },
  }
}
