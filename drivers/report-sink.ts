/** How a driver's reports reach the resource that asked. */
import { z } from 'zod'
import type { RuntimeClient } from '../runtime/client.ts'
import { RuntimeFault } from '../runtime/fault.ts'
import { driverReport, type DriverReport, type ReportSink } from './protocol.ts'

/** The message that a resource gets. */
export interface DriverReported {
  readonly type: 'driver-reported'
  readonly report: DriverReport
}

export const tellReport = async (
  client: Pick<RuntimeClient, 'tell'>,
  report: DriverReport,
  sender: string,
  trace?: string,
): Promise<void> => {
  const message: DriverReported = { type: 'driver-reported', report }
  await client.tell(
    { kind: 'resource', id: report.resourceId },
    message,
    trace === undefined ? { sender } : { sender, trace },
  )
}

/**
 * The sink that a driver is made with. Resolves when the report is durable; rejects if it isn't, and the driver then
 * repeats it (the resource drops what it knows).
 * @throws {RuntimeFault} `invalid-message` for a report of a wrong shape (a fault of the driver; repeating won't help),
 * and whatever `tell` throws
 */
export const resourceReports = (client: Pick<RuntimeClient, 'tell'>, driverType: string): ReportSink => {
  const sender = `driver/${driverType}`
  return async (report, trace) => {
    const parsed = driverReport.safeParse(report)
    if (!parsed.success)
      throw new RuntimeFault('invalid-message', `report of a driver: ${z.prettifyError(parsed.error)}`, {
        address: sender,
      })
    await tellReport(client, parsed.data, sender, trace)
  }
}
