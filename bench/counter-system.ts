/** A node with nothing but counters on the embedded store, and many asks in flight. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { SqliteStore } from '../persistence/sqlite-store.ts'
import type { RuntimeConfig } from '../runtime/config.ts'
import { errorText } from '../runtime/fault.ts'
import { Node } from '../runtime/node.ts'
import type { Log, Store } from '../runtime/ports.ts'
import { localReplies } from '../runtime/replies.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { type CounterCommand, counterOf } from '../runtime/testing/counter.ts'
import { until } from '../runtime/testing/until.ts'
import { SqliteFile } from '../runtime/transport/sqlite-file.ts'
import { SqliteLog } from '../runtime/transport/sqlite-log.ts'
import { Loss } from './figures.ts'
import { COUNTER, counterRef, type Ledger } from './ledger.ts'

export interface CounterSystem {
  readonly node: Node
  readonly log: Log
  readonly store: Store
  readonly shards: number
  close(): Promise<void>
}

/** Puts something between the runtime and its ports, or watches the file's commits. */
export type Between = (file: SqliteFile, ports: { readonly log: Log; readonly store: Store }) => typeof ports

export const SHARDS = 4
const ASK_DEADLINE_MS = 30_000

export const openCounters = async (
  folder: string,
  config: Partial<RuntimeConfig> = {},
  between: Between = (_file, ports) => ports,
): Promise<CounterSystem> => {
  const file = new SqliteFile({ path: join(folder, 'homeostat.sqlite'), synchronous: 'full' })
  const embedded = new SqliteLog(file)
  const { log, store } = between(file, { log: embedded, store: new SqliteStore(file, embedded) })
  const node = new Node({
    incarnation: randomBytes(9).toString('base64url'),
    clock: systemClock,
    log,
    store,
    replies: localReplies(),
    definitions: [counterOf(COUNTER, { listed: false })],
    topics: {},
    // As `main.ts` runs it on one machine.
    config: { shards: SHARDS, leaseCheckMs: 0, ...config },
    onFault: (where, error) => console.error(`[bench] ${where} was restarted: ${errorText(error)}`),
  })
  await node.start()
  await until(() => node.isReady)
  return {
    node,
    log,
    store,
    shards: SHARDS,
    close: async () => {
      await node.stop()
      await log.close()
      await store.close()
      await file.close()
    },
  }
}

/** Numbers below `below`, the same sequence each time. */
export const drawer = (below: number, seed = 1): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

export const addOne = async (node: Node, actor: number): Promise<number> => {
  const ask = { sender: 'bench', deadlineMs: ASK_DEADLINE_MS }
  const command: CounterCommand = { type: 'add', amount: 1 }
  const reply = await node.ask<number>(counterRef(actor), command, ask)
  if (!reply.ok) throw new Loss(`an increment was refused: ${reply.rejection.reason}`)
  return reply.value
}

/** `total` increments, each of an actor that `next` names, `inFlight` of them at a time. */
export const addMany = async (
  node: Node,
  ledger: Ledger,
  { total, inFlight, next }: { readonly total: number; readonly inFlight: number; readonly next: () => number },
): Promise<void> => {
  let begun = 0
  const worker = async (): Promise<void> => {
    while (begun < total) {
      begun++
      const actor = next()
      ledger.acknowledge(actor, await addOne(node, actor))
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

/** Each actor once, from the first to the last. */
export const inTurn = (): (() => number) => {
  let next = 0
  return () => next++
}
