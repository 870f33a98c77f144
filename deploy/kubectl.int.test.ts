/**
 * What the chart renders, read by the real kubectl. Without a cluster nothing checks fields against the schema of the API,
 * but kubectl holds the types of all kinds: what it decodes, and what it then knows of it, is the check. A workload or
 * service is written again (what kubectl doesn't know is gone); the other kinds are described, from an API that holds them.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type KubernetesObject, startApiServer } from './testing/api-server.ts'
import { type Chart, EXAMPLE_NAMES, openChart } from './testing/chart.ts'
import { type ChartObject, type Deployment, ofKind, one, type Service } from './testing/chart-objects.ts'
import { type Json, lostFields } from './testing/lost-fields.ts'

let chart: Chart
let objects: readonly ChartObject[]
beforeAll(async () => {
  chart = openChart()
  objects = await chart.objects('everything')
}, 60_000)
afterAll(() => chart.close())

/** Decodes, sets what is there already, and writes. @throws what kubectl says if it can't */
const rewritten = async (object: KubernetesObject, what: string, value: string): Promise<Json> => {
  const args = ['set', what, '--local', '-f', '-', '-o', 'json', value]
  const { status, stdout, stderr } = await chart.tools.kubectl(args, { input: object })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Json
}

const unknownFields = async (object: Deployment | Service): Promise<readonly string[]> => {
  const after =
    object.kind === 'Service'
      ? await rewritten(object, 'selector', labelsText(object.spec.selector))
      : await rewritten(object, 'serviceaccount', object.spec.template.spec.serviceAccountName)
  return lostFields(object as unknown as Json, after)
}

const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')

/** As people see it, with runs of spaces made one. */
const described = async (object: KubernetesObject): Promise<string> => {
  const api = await startApiServer([object])
  try {
    const args = ['describe', '-f', '-']
    const { status, stdout, stderr } = await chart.tools.kubectl(args, { input: object, server: api.url })
    if (status !== 0) throw new Error(stderr)
    return stdout.replace(/ +/g, ' ')
  } finally {
    await api.close()
  }
}

test.each(EXAMPLE_NAMES)('every field of the workloads and services of %s.yaml is known', async (example) => {
  const all = await chart.objects(example)
  const found = [...ofKind(all, 'Deployment'), ...ofKind(all, 'Service')]
  expect(found.length).toBeGreaterThan(3)
  for (const object of found) expect(await unknownFields(object)).toEqual([])
})

test('a misspelt field is noticed, and a wrong type refused', async () => {
  const deployment = one(objects, 'Deployment', 'telco-gateway')
  const misspelt = JSON.parse(JSON.stringify(deployment).replace('readinessProbe', 'readinesProbe')) as Deployment
  expect(await unknownFields(misspelt)).toEqual(['spec.template.spec.containers[0].readinesProbe'])

  const mistyped = { ...deployment, spec: { ...deployment.spec, minReadySeconds: 'five' as unknown as number } }
  await expect(unknownFields(mistyped)).rejects.toThrow(/cannot unmarshal string .*minReadySeconds/)
})

test('an autoscaler: between which numbers, by what, and how fast', async () => {
  const autoscaler = one(objects, 'HorizontalPodAutoscaler', 'telco-gateway')
  const text = await described(autoscaler)
  expect(text).toContain('Reference: Deployment/telco-gateway')
  expect(text).toContain('resource cpu on pods (as a percentage of request): <unknown> / 70%')
  expect(text).toContain('Min replicas: 5\nMax replicas: 12')
  expect(text).toContain('- Type: Pods Value: 2 Period: 30 seconds')
  expect(text).toContain('- Type: Pods Value: 1 Period: 120 seconds')
  expect(text).toContain('Stabilization Window: 300 seconds')

  const misspelt = JSON.parse(JSON.stringify(autoscaler).replace('minReplicas', 'minReplica')) as KubernetesObject
  expect(await described(misspelt)).not.toContain('Min replicas: 5')
  const mistyped = { ...autoscaler, spec: { ...autoscaler.spec, minReplicas: '5' } }
  await expect(rewritten(mistyped, 'serviceaccount', 'any')).rejects.toThrow(/cannot unmarshal string .*minReplicas/)
})

test('a disruption budget: how many, and of which pods', async () => {
  const budget = one(objects, 'PodDisruptionBudget', 'telco-worker')
  const text = await described(budget)
  expect(text).toContain('Max unavailable: 2')
  expect(text).toContain(`Selector: ${labelsText(budget.spec.selector.matchLabels).split(',').sort().join(',')}`)
})

test('a network policy: who reaches which port', async () => {
  const text = await described(one(objects, 'NetworkPolicy', 'telco-gateway'))
  expect(text).toContain('To Port: http/TCP')
  expect(text).toContain('PodSelector: may-order=true')
  expect(text).toContain('NamespaceSelector: kubernetes.io/metadata.name=oss')
  expect(text).toContain('Policy Types: Ingress')
})

test('a network policy without peers lets nobody in', async () => {
  const closed = one(await chart.objects('minimal'), 'NetworkPolicy', 'prod-worker')
  expect(await described(closed)).toContain('Selected pods are isolated for ingress connectivity')
})

test('settings', async () => {
  expect(await described(one(objects, 'ConfigMap', 'telco'))).toContain('HOMEOSTAT_SHARDS:\n----\n64')
})
