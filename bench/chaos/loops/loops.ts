/** The control loops of a run: commissioned, then made, ordered and deleted by several clients until it ends. */
import { seededRandom } from '../../../runtime/simulation/seeded-random.ts'
import type { Answer } from '../../../actors/testing/order-client.ts'
import type { Lull } from '../lull.ts'
import { PatientClient } from '../patient-client.ts'
import { LoopClient, type LoopRecord } from './loop-client.ts'
import { loopLife } from './loop-life.ts'
import type { LoopWorld } from './loop-world.ts'

export interface Loops {
  /** In the order in which they were made. */
  readonly loops: readonly LoopRecord[]
  readonly clients: readonly LoopClient[]
  /** What clients saw that must not be. */
  readonly violations: readonly string[]
  /** Resolves when all clients have ended after `end`. */
  readonly ended: Promise<void>
  end(): void
}

export interface LoopsOptions {
  readonly urls: readonly string[]
  readonly clients: number
  readonly seed: number
  readonly lull: Lull
  readonly world: LoopWorld
}

export const startLoops = async ({ urls, clients: count, seed, lull, world }: LoopsOptions): Promise<Loops> => {
  const operator = new PatientClient('loop-operator', urls, lull)
  const commissioned = await operator.request('POST', '/onap/controlloop/v2/commission', world.template)
  if (commissioned.status !== 200) throw new Error(`commissioning was answered with ${textOf(commissioned)}`)

  const loops: LoopRecord[] = []
  const violations: string[] = []
  let isOver = false
  const clients = Array.from({ length: count }, (_, index) => {
    const name = `loop-client-${index}`
    return new LoopClient(name, new PatientClient(name, urls, lull), world)
  })
  const lives = clients.map((client, index) =>
    loopLife({
      client,
      random: seededRandom(seed + 1_000 + index),
      isOver: () => isOver,
      onLoop: (loop) => void loops.push(loop),
      onViolation: (text) => void violations.push(text),
    }).catch((error: unknown) => void violations.push(`a client of control loops: ${String(error)}`)),
  )
  const ended = Promise.all(lives).then(() => undefined)
  return { loops, clients, violations, ended, end: () => void (isOver = true) }
}

const textOf = ({ status, body }: Answer): string => `${status} ${JSON.stringify(body)}`
