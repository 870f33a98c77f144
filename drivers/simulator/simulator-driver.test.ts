import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { driverContract, type DriverHarness } from '../testing/driver-contract.ts'
import { sampleLocation, sampleRequest } from '../testing/sample-requests.ts'
import { simulatorBench } from '../testing/simulator-bench.ts'
import type { DriverRequest, ResolvedLocation } from '../protocol.ts'
import { infrastructureFile } from './infrastructure-file.ts'
import { memoryInfrastructure, type InfrastructureStore } from './infrastructure-store.ts'

const SLOW_MS = 500

const harness = (open: () => InfrastructureStore, durable: boolean, cleanUp: () => void): DriverHarness => {
  const bench = simulatorBench(open)
  const request = (resourceProperties: DriverRequest['resourceProperties'] = {}): DriverRequest =>
    sampleRequest({ requestId: randomUUID(), resourceId: randomUUID(), resourceProperties })
  // The driver's promises are given by real promises over a manual clock: time has to pass while it works.
  const execute = async (asked: DriverRequest, location: ResolvedLocation): Promise<void> => {
    const taken = bench.driver.execute(asked, location)
    taken.catch(() => undefined)
    await bench.clock.advance(5)
    return taken
  }
  return {
    get driver() {
      return { type: bench.driver.type, execute, close: () => bench.driver.close() }
    },
    location: sampleLocation(),
    reports: bench.reports,
    rejectReports: (count) => bench.rejectReports(count),
    request: () => request(),
    slowRequest: () => request({ sim_delay_ms: String(SLOW_MS) }),
    refusedRequest: () => request({ sim_refuse: 'Create:always' }),
    timesDone: async (requestId) =>
      bench.infrastructure.journal().filter((entry) => entry.requestId === requestId).length,
    settle: (condition) => bench.clock.until(condition),
    passTime: () => bench.clock.advance(SLOW_MS * 4),
    ...(durable && { restart: async () => bench.crash() }),
    close: async () => {
      await bench.driver.close()
      cleanUp()
    },
  }
}

driverContract('simulator in memory', async () => harness(memoryInfrastructure, false, () => undefined))

driverContract('simulator in a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-simulator-'))
  return harness(
    () => infrastructureFile(join(folder, 'infrastructure.sqlite')),
    true,
    () => rmSync(folder, { recursive: true, force: true }),
  )
})
