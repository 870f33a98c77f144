/**
 * What every driver promises (see `Driver` in `drivers/protocol.ts`), as a suite: `driverContract('simulator', make)`.
 * The harness says how to make a driver over its infrastructure, and how to look at what was really done there.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DriverRefusal, driverReport } from '../protocol.ts'
import type { Driver, DriverReport, DriverRequest, ResolvedLocation } from '../protocol.ts'

export interface DriverHarness {
  /** The driver as it is now: another one after `restart`. */
  readonly driver: Driver
  readonly location: ResolvedLocation
  /** All that was reported so far, in order; a sink that can be told to reject. */
  readonly reports: readonly DriverReport[]
  /** The next so many reports are rejected by the sink. */
  rejectReports(count: number): void
  /** A request for a resource of its own which works, and answers at once or soon. */
  request(): DriverRequest
  /** The same, but it takes a while: it isn't answered before `settle` lets time pass. */
  slowRequest(): DriverRequest
  /** One that the driver refuses for good. */
  refusedRequest(): DriverRequest
  /** How often the work of a request was really done. */
  timesDone(requestId: string): Promise<number>
  /** Lets time pass until the condition holds; throws if it doesn't. */
  settle(condition: () => boolean): Promise<void>
  /** Lets enough time pass for anything slow to be done and reported. */
  passTime(): Promise<void>
  /** Ends the driver as a crash would, and makes another over the same infrastructure. Absent: it isn't durable. */
  restart?(): Promise<void>
  close(): Promise<void>
}

const CONCURRENT = 50

export const driverContract = (name: string, make: () => Promise<DriverHarness>): void => {
  describe(`driver contract: ${name}`, () => {
    let harness: DriverHarness

    beforeEach(async () => {
      harness = await make()
    })

    afterEach(async () => {
      await harness.close()
    })

    const execute = (request: DriverRequest): Promise<void> => harness.driver.execute(request, harness.location)
    const reportsOf = ({ requestId }: DriverRequest): DriverReport[] =>
      harness.reports.filter((report) => report.requestId === requestId && report.status !== 'IN_PROGRESS')
    const answered = (request: DriverRequest, times = 1): Promise<void> =>
      harness.settle(() => reportsOf(request).length >= times)

    it('reports what came of a request, before or after it has taken it on', async () => {
      const request = harness.request()
      await execute(request)
      await answered(request)
      const [report] = reportsOf(request)
      expect(driverReport.parse(report)).toEqual(report)
      expect(report).toMatchObject({ resourceId: request.resourceId, status: 'COMPLETE' })
      expect(await harness.timesDone(request.requestId)).toBe(1)
    })

    it('does a request that is repeated afterwards once, and reports the same outcome again', async () => {
      const request = harness.request()
      await execute(request)
      await answered(request)
      await execute(request)
      await answered(request, 2)
      const [first, ...others] = reportsOf(request)
      for (const other of others) expect(other).toEqual(first)
      expect(await harness.timesDone(request.requestId)).toBe(1)
    })

    it('does a request that is repeated while it is under way once', async () => {
      const request = harness.slowRequest()
      await Promise.all([execute(request), execute(request)])
      await execute(request)
      await answered(request)
      await harness.passTime()
      const [first, ...others] = reportsOf(request)
      for (const other of others) expect(other).toEqual(first)
      expect(await harness.timesDone(request.requestId)).toBe(1)
    })

    it('carries out many requests at the same time', async () => {
      const slow = harness.slowRequest()
      const requests = [slow, ...Array.from({ length: CONCURRENT }, () => harness.request())]
      await Promise.all(requests.map((request) => execute(request)))
      await harness.settle(() => requests.every((request) => reportsOf(request).length >= 1))
      for (const request of requests) {
        expect(reportsOf(request)[0]).toMatchObject({ resourceId: request.resourceId, status: 'COMPLETE' })
        expect(await harness.timesDone(request.requestId)).toBe(1)
      }
      expect(reportsOf(requests[1] ?? slow).length).toBeGreaterThan(0)
    })

    it('refuses what can never work, each time, and does nothing', async () => {
      const request = harness.refusedRequest()
      for (let time = 0; time < 2; time++) {
        const refusal: unknown = await execute(request).catch((error: unknown) => error)
        expect(refusal).toBeInstanceOf(DriverRefusal)
        expect((refusal as DriverRefusal).message).not.toBe('')
      }
      await harness.passTime()
      expect(reportsOf(request)).toEqual([])
      expect(await harness.timesDone(request.requestId)).toBe(0)
    })

    it('reports again when a report was not taken', async () => {
      const request = harness.request()
      harness.rejectReports(2)
      await execute(request)
      await answered(request)
      expect(await harness.timesDone(request.requestId)).toBe(1)
    })

    it('reports nothing more once it is closed', async () => {
      const request = harness.slowRequest()
      await execute(request)
      await harness.driver.close()
      const before = harness.reports.length
      await harness.passTime()
      expect(harness.reports.length).toBe(before)
      await harness.driver.close()
    })

    it('finishes after a crash what it had taken on, once', async (context) => {
      if (!harness.restart) return context.skip('this driver is not durable')
      const request = harness.slowRequest()
      await execute(request)
      await harness.restart()
      await answered(request)
      expect(reportsOf(request)[0]).toMatchObject({ status: 'COMPLETE' })
      expect(await harness.timesDone(request.requestId)).toBe(1)
    })

    it('knows after a crash what it has done, and answers a repetition', async (context) => {
      if (!harness.restart) return context.skip('this driver is not durable')
      const request = harness.request()
      await execute(request)
      await answered(request)
      await harness.restart()
      const before = reportsOf(request).length
      await execute(request)
      await answered(request, before + 1)
      const [first, ...others] = reportsOf(request)
      for (const other of others) expect(other).toEqual(first)
      expect(await harness.timesDone(request.requestId)).toBe(1)
    })
  })
}
