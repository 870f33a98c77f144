/** A simulated infrastructure on a manual clock, with a note of all that it reports, for tests. */
import { SimulatedInfrastructure, type InfrastructureLimits } from '../simulator/infrastructure.ts'
import type { InfrastructureStore } from '../simulator/infrastructure-store.ts'
import { simulatorDriver } from '../simulator/simulator-driver.ts'
import type { Driver, DriverReport, DriverRequest, ResolvedLocation } from '../protocol.ts'
import { manualClock, type ManualClock } from './manual-clock.ts'
import { sampleLocation, sampleRequest } from './sample-requests.ts'

export interface SimulatorBench {
  readonly clock: ManualClock
  readonly reports: DriverReport[]
  /** The order that each of the reports names, in the same order. */
  readonly traces: (string | undefined)[]
  infrastructure: SimulatedInfrastructure
  driver: Driver
  rejectReports(count: number): void
  /** Executes a transition under a new request id (or the given one), and answers with that id. */
  ask(transition: string, given?: Partial<DriverRequest>, location?: Partial<ResolvedLocation>): Promise<string>
  /** As `ask`, then lets it be answered: the status, or the failure's code. */
  outcome(transition: string, given?: Partial<DriverRequest>, location?: Partial<ResolvedLocation>): Promise<string>
  reportsOf(requestId: string): DriverReport[]
  /** A new infrastructure over another opening of the store; the old one is left as a crash would leave it. */
  crash(): void
}

export const simulatorBench = (
  open: () => InfrastructureStore,
  limits: Partial<InfrastructureLimits> = {},
): SimulatorBench => {
  const clock = manualClock()
  const reports: DriverReport[] = []
  const traces: (string | undefined)[] = []
  let rejections = 0
  let asked = 0
  let life = 0

  const live = (): Pick<SimulatorBench, 'infrastructure' | 'driver'> => {
    const mine = ++life
    const alive = (): boolean => mine === life
    const infrastructure = new SimulatedInfrastructure({
      // A process that crashed runs nothing any more, and saves nothing.
      clock: { now: () => clock.now(), schedule: (delayMs, run) => clock.schedule(delayMs, () => alive() && run()) },
      store: open(),
      limits,
      report: async (report, trace) => {
        if (!alive()) return new Promise(() => undefined)
        if (rejections-- > 0) throw new Error('the sink is out of order')
        reports.push(structuredClone(report))
        traces.push(trace)
      },
    })
    return { infrastructure, driver: simulatorDriver(infrastructure) }
  }

  const reportsOf = (requestId: string): DriverReport[] => reports.filter((report) => report.requestId === requestId)
  const bench: SimulatorBench = {
    clock,
    reports,
    traces,
    ...live(),
    rejectReports: (count) => {
      rejections = count
    },
    reportsOf,
    ask: async (transition, given, location) => {
      const requestId = given?.requestId ?? `${transition}-${++asked}`
      const request = sampleRequest({ transition, deadlineMs: clock.now() + 900_000, ...given, requestId })
      const taken = bench.driver.execute(request, sampleLocation(location))
      taken.catch(() => undefined)
      await clock.advance(10)
      await taken
      return requestId
    },
    outcome: async (transition, given, location) => {
      const requestId = await bench.ask(transition, given, location)
      await clock.until(() => reportsOf(requestId).length > 0)
      const last = reportsOf(requestId).at(-1)
      return last?.failure?.code ?? last?.status ?? ''
    },
    crash: () => {
      Object.assign(bench, live())
    },
  }
  return bench
}
