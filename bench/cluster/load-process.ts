/** A process that asks counters for increments from outside: a node without shards, as a gateway on another machine is. */
import { addMany, drawer } from '../counter-system.ts'
import { Ledger, type LedgerPage } from '../ledger.ts'
import { type BenchClient, openClient } from './client.ts'

export interface LoadOrder {
  readonly environment: Readonly<Record<string, string>>
  readonly actors: number
  readonly total: number
  readonly inFlight: number
  readonly seed: number
}

export interface LoadDone {
  readonly ledger: LedgerPage
  readonly seconds: number
  readonly cpuSeconds: number
  /** What went wrong, if anything. */
  readonly failure?: string
}

let client: BenchClient | undefined

const run = async ({ environment, actors, total, inFlight, seed }: LoadOrder): Promise<LoadDone> => {
  client ??= await openClient({ environment })
  const ledger = new Ledger(actors)
  const [startedMs, cpu] = [performance.now(), process.cpuUsage()]
  const { node } = client
  const failure = await addMany(node, ledger, { total, inFlight, next: drawer(actors, seed) }).then(
    () => undefined,
    (error: unknown) => String(error),
  )
  const { user, system } = process.cpuUsage(cpu)
  return {
    ledger: ledger.page(),
    seconds: (performance.now() - startedMs) / 1_000,
    cpuSeconds: (user + system) / 1e6,
    ...(failure === undefined ? {} : { failure }),
  }
}

// Its parent says what to do, one load after the other, and ends it.
process.on('disconnect', () => process.exit(1))
process.on('message', (order: LoadOrder) => {
  run(order).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
