/**
 * A process with a simulated infrastructure in a file, to be killed: executes the requests it is given on standard
 * input (one JSON request a line; asking again for what was asked before is part of it), and prints each report.
 */
import { createInterface } from 'node:readline'
import { driverRequest } from '../protocol.ts'
import { SimulatedInfrastructure } from '../simulator/infrastructure.ts'
import { infrastructureFile } from '../simulator/infrastructure-file.ts'
import { simulatorDriver } from '../simulator/simulator-driver.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { sampleLocation } from './sample-requests.ts'

const [path = ''] = process.argv.slice(2)
const infrastructure = new SimulatedInfrastructure({
  clock: systemClock,
  store: infrastructureFile(path),
  report: async (report) => {
    process.stdout.write(`${JSON.stringify({ report })}\n`)
  },
})
const driver = simulatorDriver(infrastructure)

for await (const line of createInterface({ input: process.stdin })) {
  const request = driverRequest.parse(JSON.parse(line))
  driver.execute(request, sampleLocation({ properties: { sim_delay_ms: '0..60' } })).then(
    () => process.stdout.write(`${JSON.stringify({ taken: request.requestId })}\n`),
    (error: unknown) => process.stderr.write(`${String(error)}\n`),
  )
}
