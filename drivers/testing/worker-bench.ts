/** A driver worker over a log in memory and a manual clock, with scripted drivers, for tests. */
import { encode } from '../../runtime/codec.ts'
import { encodePublished } from '../../runtime/published.ts'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'
import type { DriverReport, DriverRequest, Driver, ResolvedLocation } from '../protocol.ts'
import { DRIVER_REQUESTS_TOPIC, DRIVER_WORKERS_GROUP } from '../protocol.ts'
import type { DriverReported } from '../report-sink.ts'
import { startDriverWorker, type DriverWorker, type DriverWorkerParts } from '../worker.ts'
import { manualClock, type ManualClock } from './manual-clock.ts'
import { sampleLocation, sampleRequest } from './sample-requests.ts'

export interface WorkerBench {
  readonly clock: ManualClock
  readonly broker: MemoryBroker
  /** What resources were told, in order. */
  readonly told: { readonly report: DriverReport; readonly sender: string; readonly trace: string | undefined }[]
  readonly warnings: string[]
  /** Request ids in the order in which `driver` was called. */
  readonly calls: string[]
  /** Answers each call; replace it to script the driver of type `scripted`. */
  answer: (request: DriverRequest, trace: string | undefined) => Promise<void>
  /** The next so many tells reject. */
  rejectTells: number
  locations: Map<string, ResolvedLocation>
  start(given?: Partial<DriverWorkerParts>, name?: string): Promise<DriverWorker>
  publish(request: Partial<DriverRequest>, partition?: number): Promise<void>
  publishRaw(value: Uint8Array, partition?: number): Promise<void>
  /** Something that isn't a driver request, in the envelope of the topic. */
  publishMessage(message: unknown, partition?: number): Promise<void>
  committed(partition: number): Promise<number>
}

export const workerBench = async (partitions = 2): Promise<WorkerBench> => {
  const clock = manualClock()
  const broker = new MemoryBroker({ clock, random: () => 0.5 })
  const outside = broker.client({ name: 'outside' })
  await outside.createTopic(DRIVER_REQUESTS_TOPIC, partitions)
  let published = 0

  const scripted = (type: string): Driver => ({
    type,
    execute: (request, _location, trace) => {
      bench.calls.push(request.requestId)
      return bench.answer(request, trace)
    },
    close: () => Promise.resolve(),
  })

  const bench: WorkerBench = {
    clock,
    broker,
    told: [],
    warnings: [],
    calls: [],
    answer: () => Promise.resolve(),
    rejectTells: 0,
    locations: new Map([['lab', sampleLocation({ type: 'Lab' })]]),
    start: (given, name) =>
      startDriverWorker({
        log: broker.client(name === undefined ? {} : { name }),
        clock,
        client: {
          tell: async (to, message, { sender, trace }) => {
            if (bench.rejectTells-- > 0) throw new Error('not now')
            const { report } = message as DriverReported
            if (to.kind !== 'resource' || to.id !== report.resourceId) throw new Error('told to somebody else')
            bench.told.push({ report, sender, trace })
          },
        },
        locate: async (location) => bench.locations.get(location),
        drivers: new Map(['scripted', 'other'].map((type) => [type, scripted(type)])),
        warn: (text) => void bench.warnings.push(text),
        ...given,
      }),
    publish: (given, partition) =>
      bench.publishMessage(
        sampleRequest({ drivers: { scripted: ['*'] }, deadlineMs: clock.now() + 60_000, ...given }),
        partition,
      ),
    publishMessage: (message, partition) => {
      const id = String(++published)
      const record = { id, key: 'key', atMs: clock.now(), sender: 'resource/x', trace: 'order-1', message }
      return bench.publishRaw(encodePublished(record), partition)
    },
    publishRaw: async (value, partition = 0) => {
      await outside.append([{ topic: DRIVER_REQUESTS_TOPIC, partition, value }])
    },
    committed: async (partition) => {
      const membership = await broker
        .client({ name: `reader-${++published}` })
        .join(DRIVER_WORKERS_GROUP, DRIVER_REQUESTS_TOPIC, () => undefined)
      return membership.committed(partition)
    },
  }
  return bench
}

/** Bytes of the runtime's codec that are no published record. */
export const strayBytes = (): Uint8Array => encode({ anything: 'else' })
