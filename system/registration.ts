/**
 * This node in the service registry. Each of its roles is an instance of a service: it registers, tells its load every
 * few seconds, works with the configuration that its service has, and says good-bye when the node stops. None of this can
 * take the node down: when the cluster can't take a heartbeat, it is left out, and the next one comes at its time.
 */
import type { Queries, RuntimeClient } from '../runtime/client.ts'
import type { Clock, Log } from '../runtime/ports.ts'
import type { Report } from './backing.ts'
import { measureProcessLoad } from './process-load.ts'
import { type NodeFacts, RegisteredRole, type Role } from './registered-role.ts'
import { ServiceChanges } from './service-changes.ts'

export type { NodeFacts, Role, RoleLoad } from './registered-role.ts'

export interface RegistrationOptions {
  readonly client: Pick<RuntimeClient, 'ask'>
  readonly queries: Pick<Queries, 'entity'>
  /** The topic `service-changes` must exist. */
  readonly log: Pick<Log, 'bounds' | 'read' | 'trim'>
  readonly clock: Clock
  readonly node: NodeFacts
  readonly roles: readonly Role[]
  readonly report: Report
  /** Between two heartbeats; three missed ones make an instance `Silent`. */
  readonly heartbeatMs?: number
  /** How long a heartbeat may take before it is given up, and how long to wait for the first configuration. */
  readonly deadlineMs?: number
  /** How long `stop` waits for the good-byes. */
  readonly stopDeadlineMs?: number
}

export interface RunningRegistration {
  /**
   * Resolves when each role works with what was stored when it started, or when the store didn't answer in time (then it
   * works with what the node was started with, and heartbeats repair that). Never rejects.
   */
  readonly configured: Promise<void>
  /** Deregisters. Ends in bounded time and never rejects; call it while the node still runs. */
  stop(): Promise<void>
}

const HEARTBEAT_MS = 2_000
const DEADLINE_MS = 2_000
const STOP_DEADLINE_MS = 1_000

export const startRegistration = (options: RegistrationOptions): RunningRegistration => {
  const { client, queries, log, clock, node, report } = options
  const { heartbeatMs = HEARTBEAT_MS, deadlineMs = DEADLINE_MS, stopDeadlineMs = STOP_DEADLINE_MS } = options
  const roles = options.roles.map(
    (role) => new RegisteredRole({ client, queries, clock, node, role, heartbeatMs, deadlineMs, report }),
  )
  const load = measureProcessLoad(clock)
  const changes = new ServiceChanges({
    log,
    clock,
    report,
    onChange: ({ service, version }) => {
      for (const role of roles) if (role.service === service) role.configuration.heard(version)
    },
  })
  let cancel = (): void => undefined
  let stopping: Promise<void> | undefined

  // The next turn is set when this one has ended, so nothing piles up however long it takes.
  const turn = async (): Promise<void> => {
    const startedMs = clock.now()
    const figures = load.sample()
    await Promise.all(roles.map((role) => role.beat(figures)))
    if (stopping) return
    cancel = clock.schedule(Math.max(0, startedMs + heartbeatMs - clock.now()), () => void turn())
  }
  const configured = new Promise<void>((resolve) => {
    const stopWaiting = clock.schedule(deadlineMs, resolve)
    void Promise.all(roles.map((role) => role.configuration.catchUp())).then(() => {
      stopWaiting()
      resolve()
    })
  })
  void turn()

  const stop = async (): Promise<void> => {
    cancel()
    changes.close()
    load.close()
    await Promise.all(roles.map((role) => role.leave(stopDeadlineMs)))
  }
  return { configured, stop: () => (stopping ??= stop()) }
}
