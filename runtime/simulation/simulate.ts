/** One run of the simulator: a seed in, what it found out. The same seed and switches give the same run, exactly. */
import { ALL_GUARDS, type Guards } from '../config.ts'
import { isFault } from '../fault.ts'
import type { Node } from '../node.ts'
import { type Issued, violationsOf } from './checker.ts'
import { profileOf } from './profile.ts'
import { seededRandom } from './seeded-random.ts'
import { type MakeStoreServer, World } from './world.ts'
import { account } from './workload.ts'
import type { EntityRef, Tagged } from '../entity.ts'

/** All switches of the protocol: those of the runtime and the two of the store. */
export interface SimulatedGuards extends Guards {
  readonly tokenCheck: boolean
  readonly offsetCheck: boolean
}

export const EVERY_GUARD: SimulatedGuards = { ...ALL_GUARDS, tokenCheck: true, offsetCheck: true }

export interface Simulation {
  readonly seed: number
  readonly violations: readonly string[]
  /** For people: how much happened. */
  readonly operations: number
  readonly acknowledged: number
  readonly faults: number
  readonly storeLosses: number
  readonly virtualMs: number
}

const DEADLINE_MS = 800
const REST_MS = 60_000
const REST_STEP_MS = 100

export const simulate = async (
  seed: number,
  makeStoreServer: MakeStoreServer,
  guards: SimulatedGuards = EVERY_GUARD,
): Promise<Simulation> => {
  const random = seededRandom(seed)
  const profile = profileOf(random)
  const world = new World({
    profile,
    random,
    config: { guards },
    storeGuards: { tokenCheck: guards.tokenCheck, offsetCheck: guards.offsetCheck },
    makeStoreServer,
  })
  const startMs = world.clock.now()
  const issued: Issued[] = []
  world.begin()
  for (let number = 0; number < profile.operations; number++) {
    const atMs = Math.floor(random() * profile.durationMs)
    world.clock.schedule(atMs, () => {
      const node = world.anyNode()
      if (node) issued.push(issue(node, `op-${number}`, random))
    })
  }
  await world.run(startMs + profile.durationMs)
  world.calm()
  const endMs = world.clock.now() + REST_MS
  let isAtRest = false
  while (!isAtRest && world.clock.now() < endMs) {
    await world.run(world.clock.now() + REST_STEP_MS)
    isAtRest = issued.every((operation) => operation.outcome !== 'open') && (await world.isAtRest())
  }
  const violations = isAtRest
    ? await violationsOf(world, profile.shards, issued)
    : [`not at rest ${REST_MS} ms after the last fault`]
  world.stop()
  return {
    seed,
    violations,
    operations: issued.length,
    acknowledged: issued.filter((operation) => operation.outcome === 'acknowledged').length,
    faults: world.faults,
    storeLosses: world.storeLosses,
    virtualMs: world.clock.now() - startMs,
  }
}

const ACCOUNTS = 6
const ALARMS = 3
const DICE = 3

const issue = (node: Node, op: string, random: () => number): Issued => {
  const pick = (count: number): number => Math.floor(random() * count)
  const drawn = random()
  let to: EntityRef
  let message: Tagged & { readonly op: string }
  if (drawn < 0.2) {
    to = account(`a${pick(ACCOUNTS)}`)
    message = { type: 'deposit', op, amount: 1 + pick(9) } as never
  } else if (drawn < 0.55) {
    to = account(`a${pick(ACCOUNTS)}`)
    message = { type: 'transfer', op, amount: 1 + pick(9), to: `a${pick(ACCOUNTS)}` } as never
  } else if (drawn < 0.8) {
    to = { kind: 'alarm-clock', id: `t${pick(ALARMS)}` }
    message = (random() < 0.6 ? { type: 'arm', op, delayMs: pick(60) } : { type: 'disarm', op }) as never
  } else {
    to = { kind: 'dice', id: `d${pick(DICE)}` }
    message = { type: 'roll', op }
  }
  const operation: Issued = { op, to, message, outcome: 'open' }
  node.ask(to, message, { sender: 'client', deadlineMs: DEADLINE_MS }).then(
    (reply) => {
      operation.outcome = 'acknowledged'
      operation.reply = reply.ok ? reply.value : reply.rejection
    },
    (error: unknown) => {
      // `overloaded` promises that the message was not sent; anything else leaves the outcome open.
      operation.outcome = isFault(error, 'overloaded') ? 'refused' : 'unknown'
      if (isFault(error) && !isFault(error, 'overloaded', 'deadline-exceeded', 'closed')) operation.fault = error
    },
  )
  return operation
}
