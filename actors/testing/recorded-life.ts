/**
 * The life of one generated assembly on the real runtime: it is created, changed, scaled, healed by intents and by its
 * policies, and deleted, with restarts in between; told afterwards from what is stored.
 */
import fc from 'fast-check'
import { placedId } from '../../runtime/placement.ts'
import { seededRandom } from '../../runtime/simulation/seeded-random.ts'
import {
  assemblyRef,
  deploymentLocationRef,
  descriptorRef,
  placementOfName,
  processRef,
  resourceManagerRef,
  resourceRef,
} from '../addresses.ts'
import type { AssemblyCommand, AssemblyState, IntentReply } from '../assembly/protocol.ts'
import type { ActorsConfig } from '../config.ts'
import type { DeploymentLocationCommand } from '../deployment-location/protocol.ts'
import type { DescriptorCommand } from '../descriptor/protocol.ts'
import type { AssemblyDescriptor, Descriptor, DescriptorSet, ResourceDescriptor } from '../model/descriptor.ts'
import type { IntendedState } from '../model/descriptor.ts'
import type { Intent } from '../model/intent.ts'
import { EMPTY_TOPOLOGY, type Instance } from '../model/topology.ts'
import type { ProcessState } from '../process/protocol.ts'
import type { MetricReport, ResourceCommand } from '../resource/protocol.ts'
import type { ResourceManagerCommand } from '../resource-manager/protocol.ts'
import {
  creation,
  descriptorSets,
  intendedStates,
  intentFor,
  ROOT_NAME,
  type Wish,
  wishes,
} from './generated-descriptors.ts'
import { recordedProcess, type RecordedProcess } from './recorded-trace.ts'
import { RecordedSystem } from './recorded-system.ts'

/** How the infrastructure behaves, and the times of the actors that go with it. */
export interface Circumstances {
  readonly name: string
  readonly location: Readonly<Record<string, string>>
  readonly actors: Partial<ActorsConfig>
  /** Processes may fail, and then because of this. */
  readonly failsWith: RegExp | undefined
}

const TIMES: Partial<ActorsConfig> = {
  requestTimeoutMs: 200,
  requestSendsMax: 5,
  backoffFirstMs: 20,
  policyQuietMs: 50,
}

export const CIRCUMSTANCES: readonly Circumstances[] = [
  { name: 'prompt', location: {}, actors: TIMES, failsWith: undefined },
  { name: 'slow', location: { sim_delay_ms: '0..90' }, actors: TIMES, failsWith: undefined },
  {
    name: 'failing at first',
    location: { sim_delay_ms: '5..40', sim_fail: '*:1' },
    actors: TIMES,
    failsWith: undefined,
  },
  {
    name: 'silent, late and repeating',
    location: { sim_delay_ms: '0..40', sim_silent: 'Install:1,Start:1,Stop:1', sim_late_ms: '0..300', sim_repeat: '3' },
    actors: TIMES,
    failsWith: undefined,
  },
  {
    name: 'failing for long',
    location: { sim_delay_ms: '5..40', sim_fail: 'Configure:3,Stop:4' },
    actors: { ...TIMES, attemptsMax: 3 },
    failsWith: /as sim_fail says/,
  },
]

export interface LifeRequest {
  readonly seed: number
  readonly descriptors: DescriptorSet
  readonly circumstances: Circumstances
  readonly first: IntendedState
  readonly wishes: readonly Wish[]
}

export interface Life {
  readonly system: RecordedSystem
  readonly processes: readonly RecordedProcess[]
  /** Codes of the orders that were refused, with the intent's type. */
  readonly refusals: readonly { readonly code: string; readonly type: Intent['type'] }[]
}

const TEXT = 'name: resource::onboarded::1.0\nlifecycle: {Install: {}}\n'

/** `look`: called each time that nothing is under way. */
export const recordedLife = async (
  request: LifeRequest,
  look: (system: RecordedSystem) => void = () => undefined,
): Promise<Life> => {
  const { seed, circumstances, first } = request
  const descriptors = withPolicies(request.descriptors)
  const random = seededRandom(seed)
  const system = new RecordedSystem({ seed, actors: circumstances.actors })
  await system.start()
  await onboard(system, circumstances.location)
  const root = assemblyRef(ROOT_NAME)
  const refusals: { code: string; type: Intent['type'] }[] = []
  const stateNow = (): AssemblyState | undefined => system.state(root)
  const topologyNow = () => stateNow()?.topology ?? EMPTY_TOPOLOGY
  const isFree = (): boolean => (stateNow()?.process ?? null) === null

  const order = async (intent: Intent): Promise<void> => {
    const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
    const message: AssemblyCommand = {
      type: 'request-intent',
      processId: placedId(placementOfName(ROOT_NAME), hex),
      intent,
      ...(intent.type === 'CreateAssembly' ? { descriptors } : {}),
    }
    const reply = await system.ask<IntentReply>(root, message)
    if (!reply.ok) {
      refusals.push({ code: reply.rejection.code, type: intent.type })
      return
    }
    const process = processRef(reply.value.processId)
    await system.until(() => system.state<ProcessState>(process)?.phase === 'ended' && isFree())
  }

  await order(creation(first))
  for (const wish of topologyNow().root === '' ? [] : request.wishes) {
    look(system)
    if (random() < 0.3) await system.restart()
    await order(intentFor(wish, descriptors, topologyNow()))
    if (topologyNow().root === '') break
    if (random() < 0.5) {
      await upset(system, Object.values(topologyNow().instances), random)
      await system.until(isFree)
      // Longer than a policy rests.
      await system.pass(100)
    }
  }
  if (topologyNow().root !== '') await order({ type: 'DeleteAssembly', assemblyName: ROOT_NAME })
  await system.pass(1_000)
  look(system)
  return { system, refusals, processes: await processesOf(system, descriptors) }
}

/** Some component reports that it is broken, and some cluster that it is loaded. */
const upset = async (system: RecordedSystem, instances: readonly Instance[], random: () => number): Promise<void> => {
  const active = instances.filter((one) => one.kind === 'resource' && one.state === 'Active')
  const victim = active[Math.floor(random() * active.length)]
  if (!victim) return
  const metrics: readonly MetricReport[] =
    random() < 0.6
      ? [{ kind: 'integrity', metricName: 'alive', value: 'BROKEN' }]
      : [{ kind: 'load', metricName: 'load', value: random() < 0.6 ? 95 : 5 }]
  for (const metric of [...metrics, ...metrics]) {
    const message: ResourceCommand = { type: 'metric-reported', metric }
    await system.ask(resourceRef(victim.id), message)
  }
}

const onboard = async (system: RecordedSystem, properties: Readonly<Record<string, string>>): Promise<void> => {
  const location = { resourceManager: 'brent', infrastructureType: 'Simulated', description: '', properties }
  const putLocation: DeploymentLocationCommand = { type: 'put', mode: 'put', location }
  const putManager: ResourceManagerCommand = { type: 'put', mode: 'put', resourceManager: { type: 'Brent', url: '' } }
  const putDescriptor: DescriptorCommand = { type: 'put', mode: 'put', text: TEXT }
  await system.ask(deploymentLocationRef('here'), putLocation)
  await system.ask(resourceManagerRef('brent'), putManager)
  await system.ask(descriptorRef('resource::onboarded::1.0'), putDescriptor)
}

const processesOf = async (system: RecordedSystem, descriptors: DescriptorSet): Promise<readonly RecordedProcess[]> => {
  const found: RecordedProcess[] = []
  for (const shard of system.server.shards.values())
    for (const { kind, id } of shard.entities.values()) {
      if (kind !== 'process') continue
      const history = await system.node.queries.history({ kind, id }, { limit: 1_000_000 })
      const process = recordedProcess(id, history.toReversed(), descriptors)
      if (process) found.push(process)
    }
  return found
}

/** Every resource is watched, and so is the load of each cluster of resources. */
const withPolicies = (descriptors: DescriptorSet): DescriptorSet =>
  Object.fromEntries(
    Object.entries(descriptors).map(([name, one]): [string, Descriptor] => [
      name,
      one.kind === 'resource' ? watchedResource(one) : scaledAssembly(one, descriptors),
    ]),
  )

const watchedResource = (one: ResourceDescriptor): ResourceDescriptor => ({
  ...one,
  metrics: {
    alive: { type: 'metric::integrity', publicationPeriod: '0' },
    load: { type: 'metric::load', publicationPeriod: '0' },
  },
  policies: { heal: { metric: 'alive', smoothing: '2' } },
})

const scaledAssembly = (one: AssemblyDescriptor, descriptors: DescriptorSet): AssemblyDescriptor => {
  const clusters = Object.entries(one.composition).filter(
    ([, { cluster, type }]) => cluster !== undefined && descriptors[type]?.kind === 'resource',
  )
  return {
    ...one,
    policies: Object.fromEntries(
      clusters.map(([component]) => [
        `size-${component}`,
        {
          metric: { component, name: 'load' },
          target: component,
          scaleOutThreshold: '80',
          scaleInThreshold: '20',
          smoothing: '2',
        },
      ]),
    ),
  }
}

/**
 * Whether a process had to fail: because of what the infrastructure was told to do; because something whose Stop failed
 * is to be made anew, and its type has no transition that takes it away; or because a generated relationship has its
 * operations called on something before that is created.
 */
export const isDeserved = (reason: string, { circumstances, descriptors }: LifeRequest): boolean => {
  const { failsWith } = circumstances
  const all = Object.values(descriptors)
  if (failsWith !== undefined) {
    if (failsWith.test(reason)) return true
    const staysForGood = all.some((one) => one.kind === 'resource' && one.lifecycle.Delete === undefined)
    if (staysForGood && /failed: (RESOURCE_ALREADY_EXISTS|INFRASTRUCTURE_ERROR: \w+ needs state)/.test(reason))
      return true
  }
  const isTooEarly = all.some(
    (one) =>
      one.kind === 'assembly' &&
      Object.values(one.relationships).some(
        ({ sourceState, sourceModifier, targetState, targetModifier }) =>
          (sourceState === 'Created' && sourceModifier === 'pre') ||
          (targetState === 'Created' && targetModifier === 'pre'),
      ),
  )
  return isTooEarly && /^operation .* failed: RESOURCE_NOT_FOUND: .* no such object/.test(reason)
}

/** Lives to be lived. Descriptors that contradict themselves (a circle of relationships) end with the first order. */
export const lifeRequests: fc.Arbitrary<LifeRequest> = fc.record({
  descriptors: descriptorSets(),
  first: intendedStates,
  wishes: fc.array(wishes, { minLength: 2, maxLength: 5 }),
  circumstances: fc.constantFrom(...CIRCUMSTANCES),
  seed: fc.nat(),
})

/** The seed of a test's run: printed by the test, and set by `HOMEOSTAT_TEST_SEED` to run it again. */
export const testSeed = (byDefault: number): number => Number(process.env['HOMEOSTAT_TEST_SEED'] ?? byDefault)
