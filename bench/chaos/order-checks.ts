/**
 * When all is at rest: every accepted order is one process with the one ending that it must have, nobody ordered anything
 * else, nothing is stuck, and all that was done to the infrastructure was asked for, once.
 */
import type { ProcessState } from '../../actors/process/protocol.ts'
import { disagreements } from '../../actors/testing/infrastructure-agreement.ts'
import { taskKey } from '../../actors/testing/infrastructure-checks.ts'
import { SCALE_POLICY_NAME } from '../../actors/testing/killed-service.ts'
import type { Accepted, Doubtful, OrderClient } from '../../actors/testing/order-client.ts'
import type { StoredSystem } from '../../actors/testing/stored-system.ts'
import { stuck } from '../../actors/testing/stuck-checks.ts'
import { readJournal } from '../../drivers/simulator/infrastructure-file.ts'
import type { JournalEntry } from '../../drivers/simulator/infrastructure-store.ts'
import { processIdOf } from '../../gateway/lifecycle/idempotency.ts'
import type { IntentBody } from '../../gateway/lifecycle/intent-bodies.ts'
import type { Orders } from './orders.ts'

const POLL_MS = 250

/** No process runs any more. Answers what still does after `deadlineMs`, with what it waits for. */
export const restOfOrders = async (client: OrderClient, deadlineMs: number): Promise<readonly string[]> => {
  const endMs = performance.now() + deadlineMs
  for (;;) {
    const query = 'processStatuses=Planned,Pending,In%20Progress'
    const running = (await client.request('GET', `/api/processes?${query}`)).body as { readonly id: string }[]
    if (running.length === 0) return []
    if (performance.now() > endMs)
      return Promise.all(
        running.map(async ({ id }) => {
          const { body } = await client.request('GET', `/api/runtime/processes/${id}/waiting`)
          return `process ${id} still runs after ${deadlineMs} ms without a fault, waiting for ${JSON.stringify(body)}`
        }),
      )
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Brings what is there to Active, and takes half of it away, so that nothing about the end is in doubt. */
export const settleOrders = async ({ names, operator }: Orders): Promise<readonly string[]> => {
  const wrong: string[] = []
  const order = async (intent: string, assemblyName: string, body: object): Promise<void> => {
    const ordered = await operator.order(intent, { assemblyName, ...body }, false)
    if ('refused' in ordered) wrong.push(`${intent} of ${assemblyName} was refused at rest: ${ordered.refused}`)
    else await operator.ended(ordered.accepted.processId)
  }
  for (const [index, name] of names.entries()) {
    const shown = (await operator.request('GET', `/api/topology/assemblies?name=${name}`)).body as unknown[]
    if (shown.length === 0) continue
    // The second is for those whose first configuration was to fail.
    for (let times = 0; times < 2; times++) await order('changeAssemblyState', name, { intendedState: 'Active' })
    if (index % 2 === 1) await order('deleteAssembly', name, {})
  }
  return wrong
}

export interface OrderVerdict {
  readonly violations: readonly string[]
  readonly processes: number
  readonly byPolicies: number
  readonly changes: number
}

export const checkOrders = async (
  system: StoredSystem,
  { names, clients, operator }: Orders,
  infrastructure: string,
): Promise<OrderVerdict> => {
  const all = [...clients, operator]
  const accepted = all.flatMap((client) => client.accepted)
  const doubtful = all.flatMap((client) => client.doubtful)
  const processes = (await system.all<ProcessState>('process', 'startTime')).map(({ state }) => state)
  const journal = readJournal(infrastructure)
  const violations = [
    ...(await stuck(system, { roots: names, scalePolicies: [SCALE_POLICY_NAME] })),
    ...unmatched(accepted, doubtful, processes),
    ...(await disagreements(system, {
      roots: names,
      processes: processes.map(inOrderOfEnds),
      journal,
      infrastructure,
    })),
    ...uncaused(journal, processes),
  ]
  const byPolicies = processes.filter(isByPolicy).length
  return { violations, processes: processes.length, byPolicies, changes: journal.length }
}

const isByPolicy = ({ requestedBy }: ProcessState): boolean => requestedBy.includes('-policy/')

/** One runs at a time, so they ran in the order in which they ended; an order may have waited in the log before it began. */
const inOrderOfEnds = (process: ProcessState): ProcessState => ({
  ...process,
  startedAtMs: process.endedAtMs ?? Infinity,
})

/** Accepted orders and what the clients ordered are the same, one to one; of the doubtful ones each may be a process, or not. */
const unmatched = (
  accepted: readonly Accepted[],
  doubtful: readonly Doubtful[],
  processes: readonly ProcessState[],
): readonly string[] => {
  const possible = new Set(doubtful.map(({ key, body }) => processIdOf(body as IntentBody, key)))
  const known = new Set(processes.map(({ id }) => id))
  const answered = new Map(accepted.map(({ processId, key }) => [processId, key]))
  const running = processes.filter(({ endedAtMs }) => endedAtMs === undefined)
  return [
    ...accepted
      .filter(({ processId }) => !known.has(processId))
      .map(({ key, processId }) => `order ${key} was accepted as ${processId}, which isn't there`),
    ...processes
      .filter((process) => !isByPolicy(process) && !answered.has(process.id) && !possible.has(process.id))
      .map(({ id, intent, root }) => `process ${id} (${intent?.type} of ${root.name}) is of no accepted order`),
    ...running.map(({ id, status }) => `process ${id} is ${status} when all is at rest`),
    ...(answered.size === accepted.length ? [] : ['two orders were answered with the same process']),
  ]
}

/** Each change was made for a task of a process that is known. */
const uncaused = (journal: readonly JournalEntry[], processes: readonly ProcessState[]): readonly string[] => {
  const known = new Map(processes.map((process) => [process.id, process]))
  return journal
    .filter((entry) => ![...taskKey(entry).matchAll(UUID)].some(([id]) => known.has(id)))
    .map(({ transition, resourceName, requestId }) => `${transition} of ${resourceName} (${requestId}) has no cause`)
}
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
