/** What the chart renders, in the fields that tests look at, and how to find it. */
import type { KubernetesObject } from './api-server.ts'

type Labels = Readonly<Record<string, string>>
interface Selector {
  readonly matchLabels: Labels
}

export interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string }
    readonly secretKeyRef?: { readonly name: string; readonly key: string }
    readonly configMapKeyRef?: { readonly name: string; readonly key: string }
  }
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
  readonly periodSeconds: number
  readonly failureThreshold: number
}

export interface Container {
  readonly command: readonly string[]
  readonly env: readonly Variable[]
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
  readonly resources: { readonly requests: { readonly cpu: string } }
  readonly securityContext: unknown
}

interface SpreadConstraint {
  readonly topologyKey: string
  readonly whenUnsatisfiable: string
  readonly labelSelector: Selector
}

interface PreferredTerm {
  readonly weight: number
  readonly podAffinityTerm: { readonly topologyKey: string; readonly labelSelector: Selector }
}

export interface Deployment extends KubernetesObject {
  readonly kind: 'Deployment'
  readonly spec: {
    readonly replicas?: number
    readonly selector: Selector
    readonly minReadySeconds: number
    readonly strategy: { readonly rollingUpdate: unknown }
    readonly template: {
      readonly metadata: { readonly labels: Labels }
      readonly spec: {
        readonly serviceAccountName: string
        readonly containers: readonly [Container]
        readonly securityContext: unknown
        readonly terminationGracePeriodSeconds: number
        readonly topologySpreadConstraints: readonly SpreadConstraint[]
        readonly affinity: {
          readonly podAntiAffinity: {
            readonly preferredDuringSchedulingIgnoredDuringExecution: readonly [PreferredTerm]
          }
        }
      }
    }
  }
}

export interface Autoscaler extends KubernetesObject {
  readonly kind: 'HorizontalPodAutoscaler'
  readonly spec: { readonly scaleTargetRef: unknown; readonly minReplicas: number; readonly maxReplicas: number }
}

export interface DisruptionBudget extends KubernetesObject {
  readonly kind: 'PodDisruptionBudget'
  readonly spec: { readonly maxUnavailable: number; readonly selector: Selector }
}

export interface NetworkPolicy extends KubernetesObject {
  readonly kind: 'NetworkPolicy'
  readonly spec: {
    readonly podSelector: Selector
    readonly policyTypes: readonly string[]
    readonly ingress: readonly { readonly from: readonly Readonly<Record<string, unknown>>[] }[]
  }
}

export interface Service extends KubernetesObject {
  readonly kind: 'Service'
  readonly spec: { readonly selector: Labels }
}

export interface ConfigMap extends KubernetesObject {
  readonly kind: 'ConfigMap'
  readonly data: Readonly<Record<string, string>>
}

export interface Secret extends KubernetesObject {
  readonly kind: 'Secret'
  readonly stringData: Readonly<Record<string, string>>
}

export interface ServiceAccount extends KubernetesObject {
  readonly kind: 'ServiceAccount'
  readonly automountServiceAccountToken: boolean
}

export type ChartObject =
  Deployment | Autoscaler | DisruptionBudget | NetworkPolicy | Service | ConfigMap | Secret | ServiceAccount
type Kind = ChartObject['kind']
type OfKind<Name extends Kind> = Extract<ChartObject, { readonly kind: Name }>

export const ofKind = <Name extends Kind>(objects: readonly ChartObject[], kind: Name): readonly OfKind<Name>[] =>
  objects.filter((object): object is OfKind<Name> => object.kind === kind)

/** @throws unless there is exactly one */
export const one = <Name extends Kind>(objects: readonly ChartObject[], kind: Name, name: string): OfKind<Name> => {
  const [found, ...others] = ofKind(objects, kind).filter(({ metadata }) => metadata.name === name)
  if (found === undefined || others.length > 0)
    throw new Error(`${kind} ${name}: ${found === undefined ? 0 : 1 + others.length} of it`)
  return found
}

/** The variables of a container, as Kubernetes would set them; what secrets hold is made up. */
export const environmentOf = (
  objects: readonly ChartObject[],
  container: Container,
): Readonly<Record<string, string>> => {
  const fromMap = (name: string): Readonly<Record<string, string>> => one(objects, 'ConfigMap', name).data
  const valueOf = ({ name, value, valueFrom }: Variable): string | undefined => {
    if (valueFrom?.configMapKeyRef) return fromMap(valueFrom.configMapKeyRef.name)[valueFrom.configMapKeyRef.key]
    if (valueFrom?.fieldRef) return 'prod-worker-7d4b9c6f5-x2x9z'
    if (valueFrom?.secretKeyRef) return name === 'HOMEOSTAT_REDIS_URL' ? 'redis://redis:6379' : 'secret'
    return value
  }
  const maps = (container.envFrom ?? []).map(({ configMapRef }) => fromMap(configMapRef.name))
  const own = container.env.flatMap((variable) => {
    const value = valueOf(variable)
    return value === undefined ? [] : [[variable.name, value] as const]
  })
  return Object.assign({}, ...maps, Object.fromEntries(own)) as Readonly<Record<string, string>>
}
