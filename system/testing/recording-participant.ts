/**
 * A participant that does nothing but take its time, and keeps a record of what it did in a file that outlives it: what a test
 * can hold against what was ordered.
 */
import { appendFileSync } from 'node:fs'
import { z } from 'zod'
import { runParticipantProcess } from '../../participants/participant-process.ts'
import type { ElementContext, ElementListener } from '../../participants/intermediary/element-listener.ts'
import { startParticipant } from '../../participants/intermediary/participant.ts'
import type { Operation } from '../../participants/intermediary/steps.ts'
import { pause } from '../../runtime/pause.ts'
import type { Clock } from '../../runtime/ports.ts'
import { setting } from '../../runtime/settings.ts'

/** A line of the record. */
export interface Deed {
  readonly loop: string
  readonly elementId: string
  readonly operation: Operation
  readonly is: 'begun' | 'done'
}

const recordingListener = (clock: Clock, delayMs: number, note: (deed: Deed) => void): ElementListener => {
  const perform =
    (operation: Operation) =>
    async ({ loop, elementId, signal }: ElementContext): Promise<void> => {
      note({ loop: loop.name, elementId, operation, is: 'begun' })
      await pause(clock, delayMs, signal)
      signal.throwIfAborted()
      note({ loop: loop.name, elementId, operation, is: 'done' })
    }
  return {
    instantiate: perform('instantiate'),
    run: perform('run'),
    passivate: perform('passivate'),
    uninstantiate: perform('uninstantiate'),
  }
}

await runParticipantProcess({
  name: 'participant-recording',
  participantId: 'RecordingParticipant0:1.0.0',
  participantType: 'org.example.RecordingParticipant:1.0.0',
  settings: {
    record: setting('HOMEOSTAT_PARTICIPANT_RECORD', 'file that its record is appended to', z.string().min(1)),
    delayMs: setting('HOMEOSTAT_PARTICIPANT_DELAY_MS', 'how long each operation takes', z.coerce.number().int()),
  },
  start: (base, { record, delayMs }) =>
    startParticipant({
      ...base,
      listener: recordingListener(base.clock, delayMs, (deed) => appendFileSync(record, `${JSON.stringify(deed)}\n`)),
    }),
})
