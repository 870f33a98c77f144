/** Clients that order services over HTTP, at whichever node answers, and go on whatever becomes of it. */
import { assemblyRef } from '../../actors/addresses.ts'
import { DESCRIPTORS, LOCATION, LOCATION_PROPERTIES } from '../../actors/testing/killed-service.ts'
import type { Answer, OrderClient } from '../../actors/testing/order-client.ts'
import { orderLife } from '../../actors/testing/order-life.ts'
import type { EntityRef } from '../../runtime/entity.ts'
import { seededRandom } from '../../runtime/simulation/seeded-random.ts'
import type { Lull } from './lull.ts'
import { PatientClient } from './patient-client.ts'

export interface Orders {
  readonly names: readonly string[]
  readonly operator: OrderClient
  readonly clients: readonly OrderClient[]
  /** What became of the orders, and how often. */
  readonly counts: ReadonlyMap<string, number>
  /** Resolves when all clients have ended after `end`; rejects with the first trouble that a client must not have. */
  readonly ended: Promise<void>
  end(): void
}

export interface OrdersOptions {
  readonly urls: readonly string[]
  readonly clients: number
  readonly seed: number
  readonly lull: Lull
  /** Services live in these shards only, so that the others can be quiet. */
  readonly isOrderShard: (ref: EntityRef) => boolean
}

export const startOrders = async ({
  urls,
  clients: count,
  seed,
  lull,
  isOrderShard,
}: OrdersOptions): Promise<Orders> => {
  const operator = new PatientClient('operator', urls, lull)
  for (const text of DESCRIPTORS) expectStatus(await operator.request('POST', '/api/catalog/descriptors', text))
  const location = { name: LOCATION, infrastructureType: 'Simulated', properties: LOCATION_PROPERTIES }
  expectStatus(await operator.request('POST', '/api/deploymentLocations', location))

  const names: string[] = []
  for (let number = 0; names.length < count; number++)
    if (isOrderShard(assemblyRef(`svc-${number}`))) names.push(`svc-${number}`)
  const counts = new Map<string, number>()
  let isOver = false
  const clients = names.map((_, index) => new PatientClient(`client-${index}`, urls, lull))
  const lives = clients.map((client, index) =>
    orderLife({
      client,
      own: names[index] ?? '',
      names,
      random: seededRandom(seed + index + 1),
      isOver: () => isOver,
      count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    }),
  )
  const ended = Promise.all(lives).then(() => undefined)
  // Looked at when the run ends; until then nobody waits for it.
  ended.catch(() => undefined)
  return { names, operator, clients, counts, ended, end: () => void (isOver = true) }
}

const expectStatus = ({ status, body }: Answer): void => {
  if (status !== 201) throw new Error(`onboarding was answered with ${status} ${JSON.stringify(body)}`)
}
