/**
 * A node of Homeostat, put together from its settings: what it stands on (one file, or Kafka and Redis), the runtime, and
 * the roles that it has. `main.ts` is its command line.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { createDefinitions } from '../actors/definitions.ts'
import { DEFAULT_WORKER_CONFIG } from '../drivers/config.ts'
import type { GatewayConfig } from '../gateway/config.ts'
import { type MetricsIntake, startMetricsIntake } from '../gateway/intake/metrics-intake.ts'
import { type App } from '../gateway/routes.ts'
import { type RunningGateway, startGateway } from '../gateway/server.ts'
import { DEFAULT_CONFIG, type RuntimeConfig } from '../runtime/config.ts'
import type { AnyEntityDefinition } from '../runtime/entity.ts'
import { Node } from '../runtime/node.ts'
import type { Clock } from '../runtime/ports.ts'
import { systemClock } from '../runtime/system-clock.ts'
import release from '../package.json' with { type: 'json' }
import type { Backing, Report } from './backing.ts'
import { clusterBacking } from './cluster-backing.ts'
import { type DriverRole, startDriverRole } from './drivers.ts'
import { embeddedBacking } from './embedded-backing.ts'
import { isCluster, type NodeSettings } from './environment.ts'
import { healthOf } from './health.ts'
import type { ParticipantIntake } from '../gateway/participant-intake/participant-intake.ts'
import { liveSettings } from './live-settings.ts'
import {
  type ParticipantRole,
  startIntakeOfParticipants,
  startParticipantRole,
  startReturnsOfParticipants,
} from './participants.ts'
import { registeredRoles } from './registered-roles.ts'
import type { NodeFacts } from './registered-role.ts'
import { startRegistration } from './registration.ts'
import type { Role } from './settings.ts'
import { protocolControl } from './protocol-control.ts'
import { outsideTopics, ownTopics, sharedTopics, trimLiveEvents } from './topics.ts'

export interface SystemOptions {
  readonly settings: NodeSettings
  readonly report: Report
  readonly clock?: Clock
  /** Entities beside those of the product, and routes to them: for load tests and the chaos run. */
  readonly definitions?: readonly AnyEntityDefinition[]
  readonly routes?: (app: App, node: Node) => void
  readonly runtime?: Partial<RuntimeConfig>
  /** Off only to show that the chaos run notices. */
  readonly tokenCheck?: boolean
}

export interface RunningSystem {
  readonly url: string
  readonly where: string
  readonly node: Node
  readonly roles: readonly Role[]
  /**
   * Readiness says no at once; after the drain delay nothing new comes in; then what is under way ends, shards and driver
   * requests go to other nodes, and the connections are closed.
   */
  stop(): Promise<void>
}

/**
 * @throws {ConfigError} for servers that are set up so that they would lose data
 * @throws {UnreachableError} for servers that don't answer in time
 * @throws {RuntimeFault} `partitions-differ`, `newer-version`, `in-use`
 */
export const startSystem = async (options: SystemOptions): Promise<RunningSystem> => {
  const { settings, report } = options
  const clock = options.clock ?? systemClock
  const { roles } = settings.system
  const startedAtMs = clock.now()
  const incarnation = randomBytes(9).toString('base64url')
  const backing = isCluster(settings)
    ? await clusterBacking({
        settings,
        clock,
        report,
        sharedTopics: sharedTopics(settings),
        ...(options.tokenCheck === undefined ? {} : { tokenCheck: options.tokenCheck }),
      })
    : await embeddedBacking(settings)
  const ending: (() => Promise<void> | void)[] = [() => backing.close()]
  /** Last opened, first closed; each gets its turn whatever the others do. */
  const stop = async (): Promise<void> => {
    for (const end of ending.splice(0).reverse())
      try {
        await end()
      } catch (error) {
        report('a part of this node did not stop cleanly', error)
      }
  }
  try {
    const topics = { ...ownTopics(backing, settings), ...(await outsideTopics(backing, settings)) }
    const node = nodeOf(options, backing, clock, incarnation, topics)
    await node.start()
    ending.push(() => node.stop())
    const driverLimits = liveSettings('driver', {
      ...DEFAULT_WORKER_CONFIG,
      simulatedResourceManagers: new Set<string>(),
    })
    let drivers: DriverRole | undefined
    if (roles.includes('driver')) {
      drivers = await startDriverRole({ backing, settings, limits: driverLimits.values, node, clock, report })
      ending.push(() => drivers?.close())
    }
    const participantParts = { backing, settings, node, clock, report }
    if (roles.includes('worker')) {
      const returns = await startReturnsOfParticipants(participantParts)
      ending.push(() => returns.close())
    }
    let words: ParticipantIntake | undefined
    if (roles.includes('gateway') && backing.kind === 'cluster') {
      words = await startIntakeOfParticipants(participantParts)
      ending.push(() => words?.close())
    }
    let participants: ParticipantRole | undefined
    if (roles.includes('participant')) {
      participants = await startParticipantRole(participantParts)
      ending.push(() => participants?.close())
    }
    let intake: MetricsIntake | undefined
    if (roles.includes('gateway') && backing.kind === 'cluster') {
      intake = await startIntake({ backing, settings, node, clock, report })
      ending.push(() => intake?.close())
    }
    if (roles.includes('worker')) ending.push(trimLiveEvents(backing.log, clock, report))
    let isDraining = false
    const gatewaySettings = liveSettings('gateway', settings.gateway)
    const gateway = await openGateway(options, backing, clock, node, gatewaySettings.values, [intake, words], () =>
      healthOf({
        node,
        shards: backing.runtime.shards ?? 0,
        roles,
        isDraining,
        isAlone: backing.kind === 'embedded',
        ...(drivers ? { drivers } : {}),
      }),
    )
    ending.push(() => gateway.close())
    const registration = startRegistration({
      client: node,
      queries: node.queries,
      log: backing.log,
      clock,
      node: nodeFacts(settings, incarnation, startedAtMs, node),
      roles: registeredRoles({
        roles,
        node,
        gateway,
        apply: { gateway: gatewaySettings.apply, driver: driverLimits.apply },
        ...(drivers ? { drivers } : {}),
        participants: participants?.names ?? [],
      }),
      report,
    })
    ending.push(() => registration.stop())
    if (settings.system.drainDelayMs > 0)
      ending.push(() => new Promise((resolve) => clock.schedule(settings.system.drainDelayMs, resolve)))
    ending.push(() => {
      isDraining = true
    })
    return { url: gateway.url, where: backing.where, node, roles, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const nodeOf = (
  options: SystemOptions,
  backing: Backing,
  clock: Clock,
  incarnation: string,
  topics: Readonly<Record<string, number>>,
): Node => {
  const { settings, report } = options
  // On one machine nobody could read them.
  const publishedEvents = backing.kind === 'cluster' ? settings.events : undefined
  return new Node({
    incarnation,
    clock,
    log: backing.log,
    store: backing.store,
    replies: backing.replies,
    definitions: [
      ...createDefinitions({
        ...settings.actors,
        participantTopic: settings.participants.participantTopic,
        publishedEvents,
      }),
      ...(options.definitions ?? []),
    ],
    topics,
    serves: settings.system.roles.includes('worker'),
    ...(settings.system.protocolMax === undefined ? {} : { protocolMax: settings.system.protocolMax }),
    config: { ...backing.runtime, ...options.runtime },
    onFault: (where, error) => report(`${where} was restarted`, error),
  })
}

const startIntake = (parts: {
  readonly backing: Backing
  readonly settings: NodeSettings
  readonly node: Node
  readonly clock: Clock
  readonly report: Report
}): Promise<MetricsIntake> =>
  startMetricsIntake({
    log: parts.backing.log,
    clock: parts.clock,
    client: parts.node,
    queries: parts.node.queries,
    topics: { integrity: parts.settings.intake.integrityTopic, load: parts.settings.intake.loadTopic },
    warn: (text, details) => parts.report(`${text} ${JSON.stringify(details)}`),
  })

const nodeFacts = (settings: NodeSettings, incarnation: string, startedAtMs: number, node: Node): NodeFacts => ({
  name: settings.system.node,
  incarnation,
  version: release.version,
  protocols: protocolsOf(node),
  host: hostname(),
  pid: process.pid,
  startedAtMs,
})

const protocolsOf = ({ protocol: { oldest, newest } }: Node): number[] =>
  Array.from({ length: newest - oldest + 1 }, (_, index) => oldest + index)

const openGateway = (
  options: SystemOptions,
  backing: Backing,
  clock: Clock,
  node: Node,
  config: GatewayConfig,
  intakes: readonly (MetricsIntake | ParticipantIntake | undefined)[],
  health: () => ReturnType<typeof healthOf>,
): Promise<RunningGateway> => {
  const { settings, report, routes } = options
  const runtime = { ...DEFAULT_CONFIG, ...backing.runtime, ...options.runtime }
  return startGateway({
    client: node,
    queries: node.queries,
    deadLetters: node,
    log: backing.log,
    clock,
    config,
    metrics: () => [...node.samples(), ...backing.samples(), ...intakes.flatMap((intake) => intake?.samples() ?? [])],
    health,
    report,
    protocol: protocolControl({
      node,
      store: backing.store,
      clock,
      shards: runtime.shards,
      protocolCheckMs: runtime.protocolCheckMs,
    }),
    ...(settings.system.roles.includes('gateway') ? {} : { only: 'operations' as const }),
    ...(routes ? { extend: (app) => routes(app, node) } : {}),
  })
}
