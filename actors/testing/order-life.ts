/** What one client orders, in a loop: whatever makes sense of what it sees, on assemblies that others order, too. */
import { CLUSTER, QUIRKS, SERVICE } from './killed-service.ts'
import type { OrderClient } from './order-client.ts'

interface Shown {
  readonly name: string
  readonly id: string
  readonly type: string
  readonly state?: string
  readonly children?: readonly Shown[]
  readonly instances?: readonly Shown[]
}

export interface LifeOptions {
  readonly client: OrderClient
  /** The assembly that it mostly orders. */
  readonly own: string
  /** All that it sometimes orders. */
  readonly names: readonly string[]
  readonly random: () => number
  readonly isOver: () => boolean
  /** Counts what happened, for people. */
  readonly count: (what: string) => void
}

const STATES = ['Installed', 'Inactive', 'Active', 'Active', 'Active'] as const

export const orderLife = async (options: LifeOptions): Promise<void> => {
  const { client, own, names, random, isOver, count } = options
  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value

  const order = async (intent: string, body: object): Promise<void> => {
    const ordered = await client.order(intent, body, random() < 0.2)
    if ('refused' in ordered) return count(`refused: ${ordered.refused}`)
    count(`${intent} ${await client.ended(ordered.accepted.processId)}`)
  }
  const report = async (kind: 'integrity' | 'load', resource: string, value: object): Promise<void> => {
    const metric = { metricKey: resource, ...value }
    const { status } = await client.request('POST', `/api/metrics/${kind}`, [metric, metric])
    count(`${kind} reported: ${status}`)
  }

  while (!isOver()) {
    const assemblyName = random() < 0.85 ? own : pick(names)
    const [shown] = (await client.request('GET', `/api/topology/assemblies?name=${assemblyName}`)).body as Shown[]
    if (!shown) {
      const properties = QUIRKS[pick(Object.keys(QUIRKS) as (keyof typeof QUIRKS)[])]
      const intendedState = pick(STATES)
      await order('createAssembly', { assemblyName, descriptorName: SERVICE, intendedState, properties })
      continue
    }
    const components = componentsOf(shown)
    const active = components.filter(({ state }) => state === 'Active')
    const drawn = random()
    if (drawn < 0.1) await order('deleteAssembly', { assemblyName })
    else if (drawn < 0.35) await order('changeAssemblyState', { assemblyName, intendedState: pick(STATES) })
    else if (drawn < 0.5) await order('scaleOutAssembly', { assemblyName, clusterName: CLUSTER })
    else if (drawn < 0.62) await order('scaleInAssembly', { assemblyName, clusterName: CLUSTER })
    else if (active.length === 0) await order('changeAssemblyState', { assemblyName, intendedState: 'Active' })
    else if (drawn < 0.76) await order('healAssembly', { assemblyName, brokenComponentName: pick(active).name })
    else if (drawn < 0.88) await report('integrity', pick(active).id, { integrity: 'BROKEN' })
    else await report('load', pick(active).id, { load: random() < 0.5 ? 95 : 5 })
  }
}

/** Those that can break: all but the network. */
const componentsOf = (shown: Shown): readonly Shown[] => [
  ...(shown.type === 'Component' && !shown.name.endsWith('__net') ? [shown] : []),
  ...[...(shown.children ?? []), ...(shown.instances ?? [])].flatMap(componentsOf),
]
