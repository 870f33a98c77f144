/** What a node stands on: log, store and replies of one machine, or of a cluster. */
import type { RuntimeConfig } from '../runtime/config.ts'
import type { MetricSample } from '../runtime/metrics.ts'
import type { Log, Store } from '../runtime/ports.ts'
import type { ReplyTransport } from '../runtime/replies.ts'

export interface Backing {
  readonly kind: 'embedded' | 'cluster'
  /** For people: where the data is. */
  readonly where: string
  readonly log: Log
  readonly store: Store
  readonly replies: ReplyTransport
  /** What the runtime must do differently on this log and store. */
  readonly runtime: Partial<RuntimeConfig>
  readonly driverRequestPartitions: number
  readonly samples: () => readonly MetricSample[]
  close(): Promise<void>
}

export type Report = (text: string, error?: unknown) => void
