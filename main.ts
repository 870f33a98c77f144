/**
 * A node of Homeostat: the only file that wires its parts together. Here all roles run in one process over one SQLite
 * file: the shards with their entities, the driver workers with the simulator driver, and the HTTP gateway.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { deploymentLocationRef } from './actors/addresses.ts'
import { createDefinitions } from './actors/definitions.ts'
import type { DeploymentLocationState } from './actors/deployment-location/protocol.ts'
import { LIVE_PARTITIONS, LIVE_TOPIC } from './actors/live.ts'
import { ACTOR_SETTINGS } from './actors/settings.ts'
import { welcome } from './console/welcome.ts'
import { DRIVER_REQUESTS_TOPIC } from './drivers/protocol.ts'
import { resourceReports } from './drivers/report-sink.ts'
import { infrastructureFile } from './drivers/simulator/infrastructure-file.ts'
import { SimulatedInfrastructure } from './drivers/simulator/infrastructure.ts'
import { simulatorDriver } from './drivers/simulator/simulator-driver.ts'
import { startDriverWorker } from './drivers/worker.ts'
import { GATEWAY_SETTINGS } from './gateway/config.ts'
import { startGateway } from './gateway/server.ts'
import { openEmbedded } from './persistence/embedded.ts'
import { DATA_SETTINGS } from './persistence/settings.ts'
import { errorText, isFault } from './runtime/fault.ts'
import type { MetricSample } from './runtime/metrics.ts'
import { Node } from './runtime/node.ts'
import { localReplies } from './runtime/replies.ts'
import { ConfigError, readSettings, unknownVariables } from './runtime/settings.ts'
import { systemClock } from './runtime/system-clock.ts'
import { MAIN_SETTINGS } from './scripts/main-settings.ts'

const DRIVER_REQUEST_PARTITIONS = 8
/** Live events that are kept for those who resume a stream. */
const LIVE_KEEP_RECORDS = 50_000
const LIVE_TRIM_EVERY_MS = 60_000

const report = (text: string, error?: unknown): void => {
  console.error(`[homeostat] ${text}${error === undefined ? '' : `: ${errorText(error)}`}`)
}

const readEnvironment = () => {
  const groups = [DATA_SETTINGS, ACTOR_SETTINGS, GATEWAY_SETTINGS, MAIN_SETTINGS]
  for (const line of unknownVariables('HOMEOSTAT_', groups, process.env)) report(line)
  return {
    data: readSettings(DATA_SETTINGS, process.env),
    actors: readSettings(ACTOR_SETTINGS, process.env),
    gateway: readSettings(GATEWAY_SETTINGS, process.env),
    main: readSettings(MAIN_SETTINGS, process.env),
  }
}

const start = async () => {
  const settings = readEnvironment()
  mkdirSync(settings.data.data, { recursive: true })
  const clock = systemClock
  const embedded = await openEmbedded({
    path: join(settings.data.data, 'homeostat.sqlite'),
    synchronous: settings.data.synchronous,
  })
  const node = new Node({
    incarnation: randomBytes(9).toString('base64url'),
    clock,
    log: embedded.log,
    store: embedded.store,
    replies: localReplies(),
    definitions: createDefinitions(settings.actors),
    topics: { [DRIVER_REQUESTS_TOPIC]: DRIVER_REQUEST_PARTITIONS, [LIVE_TOPIC]: LIVE_PARTITIONS },
    config: {
      shards: settings.data.shards,
      // Log and store are one file: neither can lose what the other has.
      leaseCheckMs: 0,
    },
    onFault: (where, error) => report(`${where} was restarted`, error),
  })
  await node.start()

  const infrastructure = new SimulatedInfrastructure({
    clock,
    store: infrastructureFile(join(settings.data.data, 'simulated-infrastructure.sqlite')),
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

  const gateway = await startGateway({
    client: node,
    queries: node.queries,
    deadLetters: node,
    log: embedded.log,
    clock,
    config: settings.gateway,
    metrics: async () => [...node.samples(), ...(await storeSamples(node))],
    health: () => [
      {
        name: 'shards',
        ok: node.isReady,
        note: `${node.shards.length} of ${settings.data.shards} here; ${node.workers.filter(({ state }) => state !== 'running').length} restarting`,
      },
      {
        name: 'driver-worker',
        // Alone in its group it has all partitions; without any, no request would reach a driver.
        ok: worker.stats().partitions.length > 0,
        note: `${worker.stats().inFlight} requests in flight`,
      },
    ],
    report,
  })

  const trimLive = async (): Promise<void> => {
    const { next } = await embedded.log.bounds(LIVE_TOPIC, 0)
    await embedded.log.trim(LIVE_TOPIC, 0, next - LIVE_KEEP_RECORDS)
  }
  let cancelTrim = (): void => undefined
  const trimLater = (): void => {
    cancelTrim = clock.schedule(LIVE_TRIM_EVERY_MS, () => {
      trimLive()
        .catch((error: unknown) => report('the live events could not be trimmed', error))
        .finally(trimLater)
    })
  }
  trimLater()

  /** First nothing new comes in, then what is under way ends, then the file is given back. */
  const stop = async (): Promise<void> => {
    cancelTrim()
    await gateway.close()
    await worker.close()
    await simulator.close()
    await node.stop()
    await embedded.close()
  }
  return { url: gateway.url, settings, stop }
}

const storeSamples = async (node: Node): Promise<readonly MetricSample[]> => {
  const counts = await node.queries.counts()
  const gauge = (
    name: string,
    help: string,
    value: number,
    labels?: Readonly<Record<string, string>>,
  ): MetricSample => ({
    name: `homeostat_store_${name}`,
    help,
    type: 'gauge',
    value,
    ...(labels ? { labels } : {}),
  })
  return [
    ...Object.entries(counts.entities).map(([kind, value]) => gauge('entities', 'Entities stored', value, { kind })),
    gauge('dead_letters', 'Dead letters stored', counts.deadLetters),
    gauge('timers', 'Timers set', counts.timers),
    gauge('outbox', 'Outbox entries stored', counts.outbox),
  ]
}

try {
  const startedMs = performance.now()
  const running = await start()
  let stopping: Promise<void> | undefined
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return
    console.log(`\n${signal}: stopping; what is under way goes on with the next start.`)
    stopping = running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        report('did not stop cleanly; nothing is lost, the next start goes on from what is stored', error)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // A promise that somebody forgot (a driver's, say) must not end the node: all that is kept is in the store.
  process.on('unhandledRejection', (error) => report('an error that nobody handled', error))
  console.log(
    `Homeostat is up at ${running.url} after ${Math.round(performance.now() - startedMs)} ms; data in ${running.settings.data.data}`,
  )
  if (running.settings.main.example === 'on')
    await welcome({ url: running.url, print: (line) => console.log(line) }).catch((error: unknown) => {
      // Stopped in the middle: what it followed goes on with the next start.
      if (!stopping) report('the example could not be shown', error)
    })
} catch (error) {
  if (error instanceof ConfigError) for (const problem of error.problems) report(problem)
  else if (isFault(error, 'in-use')) report(`${error.message}: ${error.address}. Is another Homeostat running here?`)
  else if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    report(`the port is taken: ${error.message}. Choose another: HOMEOSTAT_PORT=8081 npm start`)
  else report('could not start', error)
  process.exit(1)
}
