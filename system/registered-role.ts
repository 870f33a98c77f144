/** One role of this node in the service registry: registers, tells its load, hears of its configuration, says good-bye. */
import { serviceInstanceRef } from '../actors/addresses.ts'
import type { InstanceReply } from '../actors/service/protocol.ts'
import type { Registration, ServiceInstanceCommand } from '../actors/service-instance/protocol.ts'
import type { RuntimeClient } from '../runtime/client.ts'
import type { Reply } from '../runtime/entity.ts'
import { errorText, isFault } from '../runtime/fault.ts'
import type { Clock } from '../runtime/ports.ts'
import type { Report } from './backing.ts'
import type { ProcessFigures } from './process-load.ts'
import {
  type ApplyConfiguration,
  ServiceConfiguration,
  type ServiceConfigurationParts,
} from './service-configuration.ts'

export interface RoleLoad {
  /** It can do its part now. */
  readonly isReady: boolean
  /** The shards that it serves; none for a role without. */
  readonly shards: readonly number[]
  readonly entitiesInMemory: number
  /** Messages, requests or calls since the process began: the registry shows how many a second. */
  readonly messagesTotal: number
  readonly inFlight: number
}

export interface Role {
  /** Name of the service that it is an instance of: `gateway`, `worker`, … */
  readonly service: string
  /** Asked when it registers: its HTTP port, and what runs there by kind (driver types, topics). */
  describe(): { readonly url?: string; readonly runs?: Readonly<Record<string, readonly string[]>> }
  /** Asked with each heartbeat; must be quick. */
  load(): RoleLoad
  /** Absent: nothing of it can be configured while it runs. */
  readonly apply?: ApplyConfiguration
}

/** What all roles of a node say alike. */
export interface NodeFacts extends Omit<Registration, 'heartbeatMs' | 'runs' | 'url' | 'protocols'> {
  /** Unique in the system: a process that registers under the name of another takes its place. */
  readonly name: string
  /** Protocol versions that it can work with. */
  readonly protocols: readonly number[]
}

export interface RegisteredRoleParts extends Pick<ServiceConfigurationParts, 'queries'> {
  readonly client: Pick<RuntimeClient, 'ask'>
  readonly clock: Clock
  readonly node: NodeFacts
  readonly role: Role
  readonly heartbeatMs: number
  readonly deadlineMs: number
  readonly report: Report
}

export class RegisteredRole {
  readonly configuration: ServiceConfiguration
  readonly #parts: RegisteredRoleParts
  #state: 'unknown' | 'registered' | 'left' = 'unknown'
  #trouble = ''
  #before: { readonly messages: number; readonly atMs: number } | undefined

  constructor(parts: RegisteredRoleParts) {
    this.#parts = parts
    const { role, queries, report } = parts
    this.configuration = new ServiceConfiguration({
      service: role.service,
      queries,
      apply: role.apply ?? (() => []),
      report,
    })
  }

  get service(): string {
    return this.#parts.role.service
  }

  /** Registers if need be, then tells the load. Ends within two deadlines; never rejects. */
  async beat(figures: ProcessFigures): Promise<void> {
    try {
      if (this.#state === 'unknown' && !this.#heard(await this.#ask(this.#registration()))) return
      if (this.#state === 'registered') this.#heard(await this.#ask(this.#heartbeat(figures)))
    } catch (error) {
      this.#tell(isFault(error) ? error.code : 'failed', errorText(error))
    }
  }

  /** Never rejects: if nobody can be told, the registry notices by itself. */
  async leave(deadlineMs: number): Promise<void> {
    this.configuration.close()
    this.#state = 'left'
    await this.#ask({ type: 'deregister', incarnation: this.#parts.node.incarnation }, deadlineMs).catch(
      () => undefined,
    )
  }

  #ask(command: ServiceInstanceCommand, deadlineMs = this.#parts.deadlineMs): Promise<Reply<InstanceReply>> {
    const { client, node } = this.#parts
    const options = { sender: `node/${node.name}`, deadlineMs }
    return client.ask<InstanceReply>(serviceInstanceRef(this.service, node.name), command, options)
  }

  /** Whether it was accepted. */
  #heard(reply: Reply<InstanceReply>): boolean {
    if (this.#state === 'left') return false
    if (!reply.ok) {
      this.#state = 'unknown'
      // To be asked to register is how a registry that has forgotten it begins anew; anything else is news.
      if (reply.rejection.code !== 'instance-not-registered') this.#tell(reply.rejection.code, reply.rejection.reason)
      return false
    }
    this.#state = 'registered'
    this.#trouble = ''
    this.configuration.heard(reply.value.configurationVersion)
    return true
  }

  #registration(): ServiceInstanceCommand {
    const { node, role, heartbeatMs } = this.#parts
    const { name: _name, ...facts } = node
    const { url, runs } = role.describe()
    const registration: Registration = {
      ...facts,
      protocols: [...facts.protocols],
      heartbeatMs,
      runs: Object.fromEntries(Object.entries(runs ?? {}).map(([kind, names]) => [kind, [...names]])),
      ...(url === undefined ? {} : { url }),
    }
    return { type: 'register', registration }
  }

  #heartbeat(figures: ProcessFigures): ServiceInstanceCommand {
    const { isReady, messagesTotal, shards, entitiesInMemory, inFlight } = this.#parts.role.load()
    const atMs = this.#parts.clock.now()
    const elapsedMs = this.#before ? atMs - this.#before.atMs : 0
    const handled = messagesTotal - (this.#before?.messages ?? 0)
    const messagesPerSecond = elapsedMs > 0 ? Math.max(0, Math.round((handled / elapsedMs) * 10_000) / 10) : 0
    this.#before = { messages: messagesTotal, atMs }
    const { applied, problem } = this.configuration
    return {
      type: 'heartbeat',
      incarnation: this.#parts.node.incarnation,
      isReady,
      load: { shards: [...shards], entitiesInMemory, messagesPerSecond, inFlight, ...figures },
      configurationVersion: applied.version,
      configurationProblem: problem,
    }
  }

  /** Each trouble is reported once, until it is over. */
  #tell(code: string, text: string): void {
    if (this.#state === 'left' || this.#trouble === code) return
    this.#trouble = code
    this.#parts.report(`${this.service} is not in the service registry (${code}); it goes on, and tries again: ${text}`)
  }
}
