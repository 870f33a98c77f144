/** Durable commands through HTTP: the gateway with its own middleware, and a load generator in another process. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { asking } from '../gateway/asking.ts'
import { jsonBody } from '../gateway/body.ts'
import { readGatewayConfig } from '../gateway/config.ts'
import { accepted } from '../gateway/refusals.ts'
import { refuseInvalid } from '../gateway/routes.ts'
import { startGateway, type RunningGateway } from '../gateway/server.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { forkBench, killed, nextMessage } from './child.ts'
import { addMany, type CounterSystem, inTurn, openCounters } from './counter-system.ts'
import { type Figure, Loss, type Outcome } from './figures.ts'
import type { LoadReport, LoadRequest } from './http-load.ts'
import { COUNTER, Ledger } from './ledger.ts'
import type { Run } from './run.ts'

export interface HttpSize {
  readonly actors: number
  readonly connections: number
  readonly warmUpSeconds: number
  readonly seconds: number
  readonly openRatePerSecond: number
}

const RATE_AIM = 5_000
const P99_AIM_MS = 50
const LOAD_DEADLINE_MS = 120_000

const added = z.object({ amount: z.number() })

/** As the routes of the API do it: bounded body, schema, ask with a deadline, refusal or fault as an answer. */
const startCounterGateway = ({ node, log }: CounterSystem): Promise<RunningGateway> => {
  const config = { ...readGatewayConfig({}), port: 0 }
  const parts = { client: node, queries: node.queries, deadLetters: node, log, clock: systemClock, config }
  const asks = asking(parts)
  return startGateway({
    ...parts,
    report: (text, error) => console.error(`[bench] ${text}`, error ?? ''),
    extend: (app) => {
      app.post('/bench/counters/:id', jsonBody(config.bodyBytesMax), async (c) => {
        const body = added.safeParse(await c.req.json())
        if (!body.success) return refuseInvalid('json', body.error.issues)
        const command = { type: 'add', amount: body.data.amount }
        const reply = await asks.ask<number>({ kind: COUNTER, id: c.req.param('id') }, command)
        return c.json({ value: accepted(reply, 'rest') }, 200)
      })
    },
  })
}

/** What the generator can do at most: against a server that only answers. */
const startTrivialServer = async (): Promise<{ readonly port: number; close(): void }> => {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 11 })
    response.end('{"value":1}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

export const measureHttp = async ({ folder, size, profiled }: Run<HttpSize>): Promise<Outcome> => {
  const { actors, connections, warmUpSeconds, seconds, openRatePerSecond } = size
  const generator = forkBench('./http-load.ts')
  const load = async (request: Omit<LoadRequest, 'connections' | 'actors'>): Promise<LoadReport> => {
    generator.send({ ...request, connections, actors })
    const report = await nextMessage<LoadReport>(generator, LOAD_DEADLINE_MS)
    if (report.failure !== undefined) throw new Loss(`the generator's requests failed: ${report.failure}`)
    return report
  }
  try {
    const trivial = await startTrivialServer()
    await load({ port: trivial.port, path: 'trivial', seed: 1, seconds: warmUpSeconds })
    const ceiling = await load({ port: trivial.port, path: 'trivial', seed: 1, seconds: warmUpSeconds })
    trivial.close()

    const system = await openCounters(folder)
    const ledger = new Ledger(actors)
    await addMany(system.node, ledger, { total: actors, inFlight: 1_024, next: inTurn() })
    const gateway = await startCounterGateway(system)
    const target = { port: Number(new URL(gateway.url).port), path: 'counters' } as const
    const warmUp = await load({ ...target, seed: 2, seconds: warmUpSeconds })
    const cpu = process.cpuUsage()
    const closed = await profiled(() => load({ ...target, seed: 3, seconds }))
    const { user, system: kernel } = process.cpuUsage(cpu)
    const open = await load({ ...target, seed: 4, seconds, ratePerSecond: openRatePerSecond })
    for (const report of [warmUp, closed, open]) ledger.add(report.ledger)
    await ledger.verify(system.node.queries)
    await gateway.close()
    await system.close()

    const rate = closed.answered / closed.seconds
    const figures: Figure[] = [
      { name: `commands, closed loop`, value: rate, unit: '/s', aim: { atLeast: RATE_AIM } },
      { name: 'p50, closed loop', value: closed.p50Ms, unit: 'ms' },
      { name: 'p99, closed loop', value: closed.p99Ms, unit: 'ms' },
      { name: `commands, due at ${openRatePerSecond}/s`, value: open.answered / open.seconds, unit: '/s' },
      { name: `p50, due at ${openRatePerSecond}/s`, value: open.p50Ms, unit: 'ms' },
      { name: `p99, due at ${openRatePerSecond}/s`, value: open.p99Ms, unit: 'ms', aim: { below: P99_AIM_MS } },
      { name: `longest, due at ${openRatePerSecond}/s`, value: open.maxMs, unit: 'ms' },
      { name: 'server, closed loop', value: (user + kernel) / 1e6 / closed.seconds, unit: 'cores' },
      { name: 'CPU of the server per command', value: (user + kernel) / closed.answered, unit: 'µs' },
      { name: 'generator, closed loop', value: closed.coreShare, unit: 'cores' },
      { name: 'generator against a trivial server', value: ceiling.answered / ceiling.seconds, unit: '/s' },
    ]
    return {
      figures,
      notes: [
        `${connections} keep-alive connections from a process of its own; POST with a JSON body to a route behind the gateway's middleware (edge, bounded body, schema, ask with a deadline), a durable counter of ${actors}; synchronous=full.`,
        `The open loop sends at a fixed rate whatever the answers do, and times each request from when it was due: waiting for a free connection counts.`,
        `The trivial server (plain node:http, in the same process as the gateway) shows that the generator isn't the bottleneck.`,
        `Checked: ${ledger.total} acknowledged increments are stored, each once; no dead letters.`,
      ],
    }
  } finally {
    await killed(generator)
  }
}
