/** The simulator as a driver: reads the script of a request, and hands the work to the simulated infrastructure. */
import { SIMULATOR_TYPE } from '../choice.ts'
import type { Driver } from '../protocol.ts'
import type { SimulatedInfrastructure } from './infrastructure.ts'
import { scriptedBehaviour } from './script.ts'

/** Closing the driver closes the infrastructure. */
export const simulatorDriver = (infrastructure: SimulatedInfrastructure): Driver => ({
  type: SIMULATOR_TYPE,
  execute: (request, location, trace) =>
    infrastructure.take(
      request,
      () => scriptedBehaviour(location.properties, request.resourceProperties, request.transition),
      trace,
    ),
  close: () => infrastructure.close(),
})
