/**
 * One record of the topic `driver-requests`, from bytes to done: decoded, routed to a driver, taken on by it; or its
 * refusal reported to the resource. Whatever may work later is tried again until the request's own deadline; after
 * that the resource's durable deadline takes over.
 */
import { z } from 'zod'
import type { RuntimeClient } from '../runtime/client.ts'
import { errorText, RuntimeFault } from '../runtime/fault.ts'
import type { Clock } from '../runtime/ports.ts'
import { decodePublished, type Published } from '../runtime/published.ts'
import { Capacity } from '../runtime/capacity.ts'
import { backoffMs, pause, settlesWithin } from './backoff.ts'
import { driverFor, type DriverRegistry } from './choice.ts'
import type { DriverWorkerConfig, DriverWorkerLimits } from './config.ts'
import type { LocateDeployment } from './locations.ts'
import type { Handled, HandleRecord } from '../runtime/group-reader/partition-work.ts'
import { DriverRefusal, driverRequest } from './protocol.ts'
import type { Driver, DriverReport, DriverRequest, ResolvedLocation } from './protocol.ts'
import { tellReport } from './report-sink.ts'

/** Totals since the worker began. */
export interface RequestCounts {
  /** Taken on by a driver. */
  taken: number
  /** Reported as FAILED: refused by a driver, unknown location, no driver, or not understood. */
  refused: number
  /** Tries after a temporary error. */
  retried: number
  /** Dropped because their deadline had passed. */
  expired: number
  /** Dropped because not even the resource that asks can be read from them. */
  undecodable: number
}

export interface RequestHandling {
  readonly client: Pick<RuntimeClient, 'tell'>
  readonly clock: Clock
  readonly locate: LocateDeployment
  readonly drivers: DriverRegistry
  readonly config: DriverWorkerConfig
  /** Read each time: they may change. */
  readonly limits: DriverWorkerLimits
  readonly counts: RequestCounts
  readonly warn: (text: string, details: Readonly<Record<string, unknown>>) => void
  /** Aborted when the worker stops: calls under way are awaited, everything else is left. */
  readonly stopping: AbortSignal
}

const SENDER = 'driver-worker'
const address = z.object({ requestId: z.string().min(1), resourceId: z.string().min(1) })
type Address = z.infer<typeof address>
type Failure = NonNullable<DriverReport['failure']>

export const requestHandler = (handling: RequestHandling): HandleRecord => {
  const { clock, config, limits, counts, stopping, warn } = handling
  const lines = new Map<string, Capacity>()

  const lineOf = (driver: Driver): Capacity => {
    const line = lines.get(driver.type) ?? new Capacity(() => limits.callsPerDriverMax)
    lines.set(driver.type, line)
    return line
  }

  /** Rejects with what the driver threw, or when it took too long (its late outcome is of no interest then). */
  const call = async (
    driver: Driver,
    request: DriverRequest,
    location: ResolvedLocation,
    trace: string,
  ): Promise<void> => {
    // In an async function, so that a driver which throws at once is no different from one that rejects.
    const called = (async () => driver.execute(request, location, trace))()
    const limitMs = Math.min(limits.callTimeoutMs, request.deadlineMs - clock.now())
    if (await settlesWithin(clock, limitMs, called)) return called
    throw new RuntimeFault('deadline-exceeded', `no answer from the driver within ${limitMs} ms`, {
      address: `driver/${driver.type}`,
    })
  }

  /** The failure to report, or `undefined` when a driver has the request (or there is no more time to ask one). */
  const attempt = async (request: DriverRequest, trace: string): Promise<Failure | 'taken' | 'not-called'> => {
    const location = await handling.locate(request.deploymentLocation)
    if (!location) return internal(`deployment location '${request.deploymentLocation}' isn't known`)
    const choice = driverFor(request, location, handling.drivers, limits.simulatedResourceManagers)
    if (!choice.driver) return internal(`${request.transition} of ${request.resourceName}: ${choice.problem}`)
    const { driver } = choice
    return lineOf(driver).run(async () => {
      if (stopping.aborted || clock.now() >= request.deadlineMs) return 'not-called'
      try {
        await call(driver, request, location, trace)
        return 'taken'
      } catch (error) {
        if (error instanceof DriverRefusal) return { code: error.code, description: error.message }
        throw error
      }
    })
  }

  const refuse = async (to: Address, failure: Failure, trace: string): Promise<void> => {
    const { requestId, resourceId } = to
    const report: DriverReport = {
      requestId,
      resourceId,
      status: 'FAILED',
      outputs: {},
      failure,
      associatedTopology: {},
    }
    await tellReport(handling.client, report, SENDER, trace)
    counts.refused++
  }

  /** Tries until it is done, the worker stops, or the deadline has passed. */
  const persist = async (
    to: Address,
    deadlineMs: number,
    trace: string,
    once: () => Promise<Failure | 'taken' | 'not-called'>,
  ): Promise<Handled> => {
    for (let failures = 0; ;) {
      if (stopping.aborted) return 'left'
      if (clock.now() >= deadlineMs) {
        counts.expired++
        warn('driver request dropped: its deadline has passed', { ...to, deadlineMs })
        return 'done'
      }
      try {
        const outcome = await once()
        if (outcome === 'not-called') continue
        if (outcome === 'taken') counts.taken++
        else await refuse(to, outcome, trace)
        return 'done'
      } catch (error) {
        counts.retried++
        failures++
        if (failures === 1) warn('driver request will be tried again', { ...to, error: errorText(error) })
        const waitMs = Math.min(backoffMs(failures, config.retry), Math.max(0, deadlineMs - clock.now()))
        await pause(clock, waitMs, stopping)
      }
    }
  }

  const unreadable = (error: string, record?: Published): Handled => {
    counts.undecodable++
    warn('driver request dropped: it says not even who asks', { error, id: record?.id, sender: record?.sender })
    return 'done'
  }

  return async (value) => {
    let record: Published
    try {
      record = decodePublished(value)
    } catch (error) {
      return unreadable(errorText(error))
    }
    const request = driverRequest.safeParse(record.message)
    if (request.success)
      return persist(request.data, request.data.deadlineMs, record.trace, () => attempt(request.data, record.trace))
    const problem = z.prettifyError(request.error)
    const asker = address.safeParse(record.message)
    if (!asker.success) return unreadable(problem, record)
    const failure = internal(`the driver request isn't understood: ${problem}`)
    return persist(asker.data, clock.now() + limits.callTimeoutMs, record.trace, async () => failure)
  }
}

const internal = (description: string): Failure => ({ code: 'INTERNAL_ERROR', description })
