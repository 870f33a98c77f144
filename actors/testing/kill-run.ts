/** Clients order while what serves them is killed again and again; at the end everything is as ordered, and done once. */
import { expect } from 'vitest'
import { readJournal } from '../../drivers/simulator/infrastructure-file.ts'
import { seededRandom } from '../../runtime/simulation/seeded-random.ts'
import { expectAllAsOrdered } from './as-ordered.ts'
import { DESCRIPTORS, LOCATION, LOCATION_PROPERTIES, SCALE_POLICY_NAME } from './killed-service.ts'
import { OrderClient } from './order-client.ts'
import { expectNothingWaits, rest, settle } from './order-end.ts'
import { orderLife } from './order-life.ts'
import type { StoredSystem } from './stored-system.ts'
import type { Watched } from './stuck-checks.ts'

/** A system in processes that can be killed. */
export interface Killable {
  /** Where a request can go now; undefined: nowhere. */
  readonly url: () => string | undefined
  /** Of the simulated infrastructure. */
  readonly infrastructure: string
  /** Once descriptors are there, before there are orders. */
  onboarded(): Promise<void>
  /** At a moment of its choosing; then it starts again what it killed. */
  kill(moment: KillMoment): Promise<void>
  /** Resolves when all of it runs. */
  up(): Promise<void>
  /** Ends all of it as an operator would. */
  stop(): Promise<void>
  /** Shows what is stored, when it is stopped. */
  stored<Value>(look: (system: StoredSystem) => Promise<Value>): Promise<Value>
  /** Figures of its own, for people. */
  summary(): string
}

export interface KillMoment {
  /** The first is 1. */
  readonly number: number
  readonly random: () => number
  readonly watched: Watched
  /** Orders that have ended so far, one way or another. */
  readonly ended: () => number
}

export interface KillRun {
  readonly kills: number
  readonly seed: number
  /** Each of these has to have happened so often; as long as one hasn't, it goes on, up to twice as many kills. */
  readonly atLeast?: Readonly<Record<string, number>>
}

/** What happened, so that a test can tell whether it has shown anything. */
export interface KillOutcome {
  /** More than were asked for, where those had not shown enough. */
  readonly kills: number
  /** Orders that were accepted and completed, by the intent's name in the API. */
  readonly completed: (intent: string) => number
  readonly accepted: number
  /** Processes that policies ordered. */
  readonly byPolicies: number
  /** Requests that got no answer, and were repeated. */
  readonly unanswered: number
}

const CLIENTS = 8
const NAMES = Array.from({ length: 8 }, (_, index) => `svc-${index}`)
const WATCHED: Watched = { roots: NAMES, scalePolicies: [SCALE_POLICY_NAME] }

/** A moment of the test's choosing: nothing is waited for, so there is no condition. */
export const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const onboard = async (client: OrderClient): Promise<void> => {
  for (const text of DESCRIPTORS) {
    const { status, body } = await client.request('POST', '/api/catalog/descriptors', text)
    // One that wasn't answered may have done it.
    expect([201, 409], JSON.stringify(body)).toContain(status)
  }
  const location = { name: LOCATION, infrastructureType: 'Simulated', properties: LOCATION_PROPERTIES }
  expect([201, 409]).toContain((await client.request('POST', '/api/deploymentLocations', location)).status)
}

/** @throws if an order was lost or done twice, if something is stuck, or if anything isn't as ordered */
export const killRun = async (system: Killable, { kills, seed, atLeast = {} }: KillRun): Promise<KillOutcome> => {
  const random = seededRandom(seed)
  const counts = new Map<string, number>()
  let ended = 0
  let killed = 0
  const count = (what: string): void => {
    counts.set(what, (counts.get(what) ?? 0) + 1)
    if (/ (Completed|Failed|Cancelled)$/.test(what)) ended++
  }
  const clients = Array.from({ length: CLIENTS }, (_, index) => new OrderClient(`client-${index}`, system.url))
  const operator = new OrderClient('operator', system.url)
  const startedMs = performance.now()
  let isOver = false

  await onboard(operator)
  await system.onboarded()
  const lives = clients.map((client, index) =>
    orderLife({
      client,
      own: NAMES[index] ?? '',
      names: NAMES,
      random: seededRandom(seed + index + 1),
      isOver: () => isOver,
      count,
    }),
  )
  let failure: unknown
  const living = Promise.all(lives).catch((error: unknown) => (failure = error))
  try {
    const isLacking = (): boolean => Object.entries(atLeast).some(([what, times]) => (counts.get(what) ?? 0) < times)
    const goesOn = (): boolean => killed < kills || (killed < 2 * kills && isLacking())
    while (goesOn() && failure === undefined)
      await system.kill({ number: ++killed, random, watched: WATCHED, ended: () => ended })
  } finally {
    isOver = true
  }
  await system.up()
  await living
  if (failure !== undefined) throw failure as Error
  const killedMs = performance.now() - startedMs

  await rest(operator)
  await settle(operator, NAMES)
  await rest(operator)
  await expectNothingWaits(operator, NAMES)
  await system.stop()
  const all = [...clients, operator]
  const sum = (of: (client: OrderClient) => number): number => all.reduce((total, client) => total + of(client), 0)
  const accepted = all.flatMap((client) => client.accepted)
  const doubtful = sum((client) => client.doubtful.length)
  const { infrastructure } = system
  const processes = await system.stored((stored) =>
    expectAllAsOrdered(stored, { accepted, doubtful, watched: WATCHED, infrastructure }),
  )
  const unanswered = sum((client) => client.unanswered)
  const found = [...counts].sort().map(([what, number]) => `${number} × ${what}`)
  console.log(
    `seed ${seed}: ${killed} kills in ${Math.round(killedMs / 1000)} s, ${Math.round((performance.now() - startedMs) / 1000)} s in all, ` +
      `${system.summary()}; ${accepted.length} orders accepted, ${processes.length} processes, ${unanswered} requests repeated, ` +
      `${readJournal(infrastructure).length} transitions and operations carried out; ${found.join(', ')}`,
  )
  return {
    kills: killed,
    completed: (intent) => counts.get(`${intent} Completed`) ?? 0,
    accepted: accepted.length,
    byPolicies: processes.filter(({ requestedBy }) => requestedBy.includes('-policy/')).length,
    unanswered,
  }
}
