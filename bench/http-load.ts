/**
 * The load generator, a process of its own: keep-alive connections to a server on this machine, either each with a new
 * request as soon as the last is answered (closed loop: how much goes through), or requests that fall due at a fixed
 * rate whatever the answers do, each timed from when it was due (open loop: how long one waits).
 */
import { Connection } from './http-client.ts'
import { drawer } from './counter-system.ts'
import { quantile } from './figures.ts'
import { counterId, Ledger, type LedgerPage } from './ledger.ts'

export interface LoadRequest {
  readonly port: number
  readonly connections: number
  readonly actors: number
  readonly seed: number
  readonly seconds: number
  /** Of counters: their answers are kept in the ledger. */
  readonly path: 'counters' | 'trivial'
  /** Absent: closed loop. */
  readonly ratePerSecond?: number
}

export interface LoadReport {
  readonly answered: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** What the generator itself used of a core. */
  readonly coreShare: number
  readonly ledger: LedgerPage
  /** The first answer that wasn't what it should be, or the first broken connection. */
  readonly failure?: string
}

/** Answers outstanding this long after the last request was due: nobody will send them. */
const ANSWER_DEADLINE_MS = 30_000

const requestsOf = ({ port, actors, path }: LoadRequest): string[] => {
  const body = '{"amount":1}'
  return Array.from(
    { length: actors },
    (_, actor) =>
      `POST /bench/${path}/${counterId(actor)} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
}

export const runLoad = async (load: LoadRequest): Promise<LoadReport> => {
  const requests = requestsOf(load)
  const ledger = new Ledger(load.actors)
  const next = drawer(load.actors, load.seed)
  const latencies: number[] = []
  let failure: string | undefined
  let over: (() => void) | undefined
  const ended = new Promise<void>((resolve) => (over = resolve))
  const fail = (what: string): void => {
    failure ??= what
    over?.()
  }
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => Connection.open(load.port, (error) => fail(error.message))),
  )
  const idle = [...connections]
  const { seconds, ratePerSecond } = load
  const startMs = performance.now()
  const endMs = startMs + seconds * 1_000
  const total = ratePerSecond === undefined ? Infinity : Math.floor(seconds * ratePerSecond)
  let [begun, answered] = [0, 0]
  const cpu = process.cpuUsage()

  const ask = (connection: Connection, sinceMs: number): void => {
    const actor = next()
    begun++
    connection.send(requests[actor] ?? '', ({ status, body }) => {
      latencies.push(performance.now() - sinceMs)
      answered++
      if (status !== 200) return fail(`answered ${status}: ${body.slice(0, 300)}`)
      if (load.path === 'counters') ledger.acknowledge(actor, (JSON.parse(body) as { value: number }).value)
      proceed(connection)
    })
  }
  const dueMs = (index: number): number => startMs + (index * 1_000) / (ratePerSecond ?? 1)
  const proceed = (connection: Connection): void => {
    const nowMs = performance.now()
    const isOpen = ratePerSecond !== undefined
    const mayAsk = isOpen ? begun < total && dueMs(begun) <= nowMs : nowMs < endMs
    if (mayAsk) return ask(connection, isOpen ? dueMs(begun) : nowMs)
    idle.push(connection)
    if (idle.length === connections.length && (isOpen ? begun >= total : true)) over?.()
  }

  let ticker: NodeJS.Timeout | undefined
  if (ratePerSecond === undefined) for (const connection of idle.splice(0)) proceed(connection)
  else
    ticker = setInterval(() => {
      while (idle.length > 0 && begun < total && dueMs(begun) <= performance.now()) {
        const connection = idle.pop()
        if (connection) ask(connection, dueMs(begun))
      }
    }, 1)
  const overdue = setTimeout(
    () => fail(`${begun - answered} requests have no answer`),
    seconds * 1_000 + ANSWER_DEADLINE_MS,
  )
  await ended
  clearTimeout(overdue)
  clearInterval(ticker)
  const tookSeconds = (performance.now() - startMs) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  for (const connection of connections) connection.close()
  latencies.sort((left, right) => left - right)
  return {
    answered,
    seconds: tookSeconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    maxMs: latencies.at(-1) ?? 0,
    coreShare: (user + system) / 1e6 / tookSeconds,
    ledger: ledger.page(),
    ...(failure === undefined ? {} : { failure }),
  }
}

// Its parent says what to do, one load after the other, and ends it.
process.on('message', (load: LoadRequest) => {
  runLoad(load).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
