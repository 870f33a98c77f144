/** The process of one run: does what its parent asks for, reports, and ends. */
import { measureCommands } from './commands.ts'
import { Loss, type Outcome } from './figures.ts'
import { measureHttp } from './http.ts'
import { measureIdle } from './idle.ts'
import { measureOrders } from './orders.ts'
import { profiler, type Run, type RunReport, type RunRequest } from './run.ts'

// Each measurement is given the size that is its own (`sizes.ts`).
const MEASUREMENTS: Readonly<Record<string, (run: Run<never>) => Promise<Outcome>>> = {
  commands: measureCommands,
  http: measureHttp,
  orders: measureOrders,
  idle: measureIdle,
}

const measured = async ({ measurement, folder, size, profile }: RunRequest): Promise<RunReport> => {
  const measure = MEASUREMENTS[measurement]
  if (!measure) return { type: 'failed', error: `there is no measurement ${measurement}` }
  const { profiles, profiled } = profiler(profile)
  try {
    const outcome = await measure({ folder, size: size as never, profiled })
    return { type: 'done', outcome, profiles }
  } catch (error) {
    if (error instanceof Loss) return { type: 'lost', what: error.message }
    return { type: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

process.once('message', (request: RunRequest) => {
  void measured(request).then((report) => process.send?.(report, () => process.exit(0)))
})
