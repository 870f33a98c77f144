/** What the chart makes of its values, rendered by the real helm: availability, draining, settings, who reaches what. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_METRICS_INTAKE_CONFIG } from '../gateway/intake/config.ts'
import { DEFAULT_WORKER_CONFIG } from '../drivers/config.ts'
import { DEFAULT_CONFIG } from '../runtime/config.ts'
import { SIMULATOR_SETTINGS } from '../drivers/simulator/settings.ts'
import { readSettings, unknownVariables } from '../runtime/settings.ts'
import { KAFKA_SETTINGS } from '../runtime/transport/kafka/settings.ts'
import { isCluster, readEnvironment, SETTING_GROUPS } from '../system/environment.ts'
import { EXAMPLE_PARTICIPANTS } from '../system/participant-settings.ts'
import {
  brokersOf,
  type Chart,
  CHART,
  EXAMPLE_NAMES,
  exampleFile,
  openChart,
  PREFIXES,
  rolesOf,
} from './testing/chart.ts'
import { type ChartObject, type Deployment, environmentOf, ofKind, one } from './testing/chart-objects.ts'

let chart: Chart
beforeAll(() => {
  chart = openChart()
}, 60_000)
afterAll(() => chart.close())

describe.each(EXAMPLE_NAMES)('with %s.yaml', (example) => {
  const prefix = PREFIXES[example]
  let objects: readonly ChartObject[]
  beforeAll(async () => {
    objects = await chart.objects(example)
  })

  const deploymentOf = (role: string): Deployment => one(objects, 'Deployment', `${prefix}-${role}`)
  const podOf = (role: string): Deployment['spec']['template']['spec'] => deploymentOf(role).spec.template.spec
  const variablesOf = (role: string): Readonly<Record<string, string>> =>
    environmentOf(objects, podOf(role).containers[0])

  test('helm finds nothing to complain about', async () => {
    const { status, stdout } = await chart.tools.helm('lint', '--strict', CHART, '-f', exampleFile(example))
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed')
    expect(stdout).not.toMatch(/\[(WARNING|ERROR)\]/)
    expect(status).toBe(0)
  })

  test('there is a deployment for each role that is enabled, and for no other', () => {
    const roles = ofKind(objects, 'Deployment').map(({ metadata }) => metadata.name.replace(`${prefix}-`, ''))
    expect(roles.filter((role) => !/^(simulator|participant-.*)$/.test(role)).sort()).toEqual(
      rolesOf(example)
        .map(({ role }) => role)
        .sort(),
    )
  })

  describe.each(rolesOf(example))('$role', ({ role, load, redundant, max }) => {
    const name = `${prefix}-${role}`
    const minimum = load + redundant

    test('has load and redundant instances at the least, and max at the most', () => {
      const { spec } = deploymentOf(role)
      if (max === minimum) {
        expect(spec.replicas).toBe(minimum)
        expect(ofKind(objects, 'HorizontalPodAutoscaler').map(({ metadata }) => metadata.name)).not.toContain(name)
        return
      }
      // The autoscaler owns the number: an upgrade must not set it back.
      expect(spec).not.toHaveProperty('replicas')
      expect(spec.template.spec.containers[0].resources.requests.cpu).toMatch(/^\d+m$/)
      expect(one(objects, 'HorizontalPodAutoscaler', name).spec).toMatchObject({
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: minimum,
        maxReplicas: max,
      })
    })

    test('loses no more than the redundant instances at once, and none to an update', () => {
      const { selector, strategy } = deploymentOf(role).spec
      const budget = one(objects, 'PodDisruptionBudget', name).spec
      expect(minimum - budget.maxUnavailable).toBe(load)
      expect(budget.selector).toEqual(selector)
      expect(strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 })
    })

    test('prefers to be spread over machines, and does not insist', () => {
      const { selector, template } = deploymentOf(role).spec
      const { topologySpreadConstraints: constraints, affinity } = template.spec
      expect(template.metadata.labels).toMatchObject(selector.matchLabels)
      expect(constraints.map(({ topologyKey }) => topologyKey)).toContain('kubernetes.io/hostname')
      for (const { whenUnsatisfiable, labelSelector } of constraints)
        expect({ whenUnsatisfiable, labelSelector }).toEqual({
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: selector,
        })
      expect(affinity).toEqual({
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: selector } },
          ],
        },
      })
    })

    test('is probed where the node answers', () => {
      const [container] = podOf(role).containers
      const variables = variablesOf(role)
      expect(container.readinessProbe.httpGet).toEqual({ path: '/health/ready', port: 'http' })
      expect(container.livenessProbe.httpGet).toEqual({ path: '/health/live', port: 'http' })
      expect(container.startupProbe.httpGet).toEqual({ path: '/health/live', port: 'http' })
      const containerPort = Number(variables['HOMEOSTAT_PORT'])
      expect(container.ports).toEqual([{ name: 'http', containerPort, protocol: 'TCP' }])
      // A node that waits for Redis and Kafka says itself what is missing, before the probe ends it.
      const { periodSeconds, failureThreshold } = container.startupProbe
      expect(periodSeconds * failureThreshold * 1000).toBeGreaterThan(
        2 * readEnvironment(variables).system.startTimeoutMs,
      )
    })

    test('can drain before it is killed', () => {
      const { system, gateway } = readEnvironment(variablesOf(role))
      expect(system.drainDelayMs).toBeGreaterThan(0)
      // In the order in which a node stops; its runtime waits twice at the longest.
      const longestMs =
        system.drainDelayMs +
        gateway.closeGraceMs +
        DEFAULT_WORKER_CONFIG.drainTimeoutMs +
        DEFAULT_METRICS_INTAKE_CONFIG.drainTimeoutMs +
        2 * DEFAULT_CONFIG.drainTimeoutMs
      expect(podOf(role).terminationGracePeriodSeconds * 1000).toBeGreaterThan(longestMs)
    })

    test('gets settings that the node knows and takes', () => {
      const variables = variablesOf(role)
      expect(unknownVariables('HOMEOSTAT_', Object.values(SETTING_GROUPS), variables)).toEqual([])
      const settings = readEnvironment(variables)
      expect(settings.system.roles).toEqual([role])
      expect(settings.gateway).toMatchObject({ host: '0.0.0.0', expose: 'on' })
      expect(isCluster(settings)).toBe(true)
      expect(variables['HOMEOSTAT_KAFKA_BROKERS']).toBe(brokersOf(example).join(','))
      expect(podOf(role).containers[0].env).toContainEqual({
        name: 'HOMEOSTAT_NODE',
        valueFrom: { fieldRef: { fieldPath: 'metadata.name' } },
      })
    })
  })

  test('pods run restricted, and Kubernetes hands them neither a token nor variables of its services', () => {
    expect(one(objects, 'ServiceAccount', prefix).automountServiceAccountToken).toBe(false)
    for (const { spec } of ofKind(objects, 'Deployment')) {
      const pod = spec.template.spec
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false })
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      for (const { securityContext } of pod.containers)
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
    }
  })

  test('nobody but those named reaches a pod', () => {
    for (const { metadata, spec } of ofKind(objects, 'Deployment')) {
      const policy = one(objects, 'NetworkPolicy', metadata.name).spec
      expect(policy.podSelector).toEqual(spec.selector)
      expect(policy.policyTypes).toEqual(['Ingress'])
      // A rule without `from`, or with an empty peer, would let everybody in.
      for (const { from } of policy.ingress) {
        expect(from.length).toBeGreaterThan(0)
        for (const peer of from) expect(Object.values(peer)).not.toContainEqual({})
      }
    }
    const peersOf = (role: string): readonly unknown[] =>
      one(objects, 'NetworkPolicy', `${prefix}-${role}`).spec.ingress.flatMap(({ from }) => from)
    const label = example === 'minimal' ? 'homeostat-client' : 'may-order'
    const clients = { podSelector: { matchLabels: { [label]: 'true' } } }
    expect(peersOf('gateway')).toContainEqual(clients)
    expect(peersOf('worker')).not.toContainEqual(clients)
  })
})

test('the simulator gets settings that it knows and takes, and the drivers find it', async () => {
  const objects = await chart.objects('everything')
  const [container] = one(objects, 'Deployment', 'telco-simulator').spec.template.spec.containers
  const variables = environmentOf(objects, container)
  expect(unknownVariables('HOMEOSTAT_SIMULATOR_', [SIMULATOR_SETTINGS], variables)).toEqual([])
  const { port, host } = readSettings(SIMULATOR_SETTINGS, variables)
  expect(host).toBe('0.0.0.0')
  expect(readSettings(KAFKA_SETTINGS, variables)).toMatchObject({ kafkaSaslUser: 'secret', kafkaSsl: 'on' })
  const worker = environmentOf(objects, one(objects, 'Deployment', 'telco-driver').spec.template.spec.containers[0])
  expect(readEnvironment(worker).drivers.drivers).toContainEqual({
    type: 'simulator',
    url: `http://${one(objects, 'Service', 'telco-simulator').metadata.name}:${port}`,
  })
})

test('participants run in a pod each, one at a time, and speak where the workers listen', async () => {
  const objects = await chart.objects('everything')
  const run = { sim: EXAMPLE_PARTICIPANTS.slice(0, 1), http: EXAMPLE_PARTICIPANTS.slice(1) }
  for (const [key, participants] of Object.entries(run)) {
    const { spec } = one(objects, 'Deployment', `telco-participant-${key}`)
    expect([spec.replicas, spec.strategy]).toEqual([1, { type: 'Recreate' }])
    const variables = environmentOf(objects, spec.template.spec.containers[0])
    expect(unknownVariables('HOMEOSTAT_', Object.values(SETTING_GROUPS), variables)).toEqual([])
    const settings = readEnvironment(variables)
    expect(settings.system.roles).toEqual(['participant'])
    expect(settings.participants).toMatchObject({ participants, participantTopic: 'telco-participants' })
  }
  const budgets = ofKind(objects, 'PodDisruptionBudget').map(({ metadata }) => metadata.name)
  expect(budgets.filter((name) => name.includes('participant'))).toEqual([])
  const worker = environmentOf(objects, one(objects, 'Deployment', 'telco-worker').spec.template.spec.containers[0])
  const { participants, participantTopic } = readEnvironment(worker).participants
  expect([participants, participantTopic]).toEqual([undefined, 'telco-participants'])
})

test('without redundant instances there is no budget, which would stop each drain of a machine', async () => {
  const objects = await chart.objects('minimal', { roles: { driver: { redundant: 0 } } })
  const budgets = ofKind(objects, 'PodDisruptionBudget').map(({ metadata }) => metadata.name)
  expect(budgets.sort()).toEqual(['prod-gateway', 'prod-worker'])
})

test('a changed setting replaces the pods, a changed number of instances does not', async () => {
  const podWith = async (changes: unknown): Promise<unknown> =>
    one(await chart.objects('minimal', changes), 'Deployment', 'prod-worker').spec.template
  const before = await podWith({})
  expect(await podWith({ roles: { worker: { max: 9 } } })).toEqual(before)
  expect(await podWith({ settings: { HOMEOSTAT_BODY_BYTES_MAX: 2_097_152 } })).not.toEqual(before)
  expect(await podWith({ redis: { url: 'redis://elsewhere:6379' } })).not.toEqual(before)
})

test('large numbers among the settings stay numbers', async () => {
  const objects = await chart.objects('minimal', { settings: { HOMEOSTAT_PROCESS_RETENTION_MS: 2_592_000_000 } })
  expect(one(objects, 'ConfigMap', 'prod').data['HOMEOSTAT_PROCESS_RETENTION_MS']).toBe('2592000000')
})

test('the URL of Redis, which may hold a password, is in a secret and nowhere else', async () => {
  const url = 'redis://:pass-of-redis@redis:6379'
  const objects = await chart.objects('minimal', { redis: { url } })
  expect(one(objects, 'Secret', 'prod-redis').stringData).toEqual({ url })
  expect(JSON.stringify(objects.filter(({ kind }) => kind !== 'Secret'))).not.toContain('pass-of-redis')
})
