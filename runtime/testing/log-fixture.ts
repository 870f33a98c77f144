/** What the parts of the log contract share. */
import type { Log, LogEntry, LogReader, LogRecord } from '../ports.ts'

export interface LogUnderTest {
  readonly log: Log
  /** Another client of the same log, as another node would have it; `log` itself where there can be only one. */
  readonly other: Log
  dispose(): Promise<void>
}

export interface DurableLogUnderTest extends LogUnderTest {
  /** Closes the log and opens it again from what is stored. */
  reopen(): Promise<Log>
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (record: LogRecord): string => new TextDecoder().decode(record.value)
export const entry = (partition: number, value: string, topic = 'orders'): LogEntry => ({
  topic,
  partition,
  value: bytes(value),
})

/** The next `count` records, however many calls that takes. */
export const take = async (reader: LogReader, count: number, max = count): Promise<LogRecord[]> => {
  const records: LogRecord[] = []
  while (records.length < count) {
    const some = await reader.next(Math.min(max, count - records.length))
    if (some.length === 0) throw new Error(`reader ended after ${records.length} of ${count} records`)
    records.push(...some)
  }
  return records
}
