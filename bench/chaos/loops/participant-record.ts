/**
 * What a participant of the chaos run really did, on disk, one JSON document a line: what it heard, and each operation when it was
 * done. A process that is killed leaves all that it had written.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { orderedState } from '../../../participants/protocol/states.ts'

const entry = z.discriminatedUnion('what', [
  /** A process began, without anything: its elements went with the one before. */
  z.object({ what: z.literal('started'), atMs: z.number() }),
  /** An order reached it that may concern it. */
  z.object({
    what: z.literal('heard'),
    atMs: z.number(),
    messageId: z.string(),
    /** When it was sent, as it says. */
    sentAtMs: z.number(),
    loop: z.string(),
    orderedState,
    /** Those that it means, of which this process had heard. */
    elementIds: z.array(z.string()),
  }),
  z.object({
    what: z.literal('did'),
    atMs: z.number(),
    loop: z.string(),
    elementId: z.string(),
    operation: z.enum(['instantiate', 'run', 'passivate', 'uninstantiate']),
    from: orderedState,
    to: orderedState,
    /** Lines that were there when it began. */
    begun: z.number(),
  }),
  z.object({ what: z.literal('failed'), atMs: z.number(), elementId: z.string() }),
])
export type RecordEntry = z.infer<typeof entry>
export type Heard = Extract<RecordEntry, { what: 'heard' }>
export type Did = Extract<RecordEntry, { what: 'did' }>

type Said = RecordEntry extends infer Each ? (Each extends RecordEntry ? Omit<Each, 'atMs'> : never) : never

export interface ParticipantRecord {
  /** Since the process began. */
  readonly lines: number
  note(said: Said): void
}

export const openRecord = (path: string): ParticipantRecord => {
  let lines = 0
  const note = (said: Said): void => {
    lines++
    appendFileSync(path, `${JSON.stringify({ atMs: Date.now(), ...said })}\n`)
  }
  // The process before may have been killed in the middle of a line.
  appendFileSync(path, '\n')
  note({ what: 'started' })
  return {
    get lines() {
      return lines
    },
    note,
  }
}

/** What each process noted, in their order. */
export const readRecord = (path: string): readonly (readonly RecordEntry[])[] => {
  const processes: RecordEntry[][] = []
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const read = parsed(line)
    if (read?.what === 'started') processes.push([read])
    else if (read) processes.at(-1)?.push(read)
  }
  return processes
}

const parsed = (line: string): RecordEntry | undefined => {
  try {
    return line === '' ? undefined : entry.parse(JSON.parse(line))
  } catch (error) {
    // Cut off as its process was killed.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
