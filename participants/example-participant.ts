/**
 * A participant of one's own, whole: an element is a file, which exists from PASSIVE on and says what the element is doing.
 *
 *   HOMEOSTAT_KAFKA_BROKERS=localhost:9092 HOMEOSTAT_PARTICIPANT_FOLDER=/tmp/elements node participants/example-participant.ts
 *
 * Registration, heartbeats, repeated and contrary orders, modes and answers are the intermediary's business. What is left is four
 * methods which may be called again for what they have done, and throw when something doesn't work.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { setting } from '../runtime/settings.ts'
import type { ElementContext, ElementListener } from './intermediary/element-listener.ts'
import { startParticipant } from './intermediary/participant.ts'
import { runParticipantProcess } from './participant-process.ts'

const fileListener = (folder: string): ElementListener => {
  // In TEST mode nothing live may be touched.
  const folderOf = ({ mode }: ElementContext): string => join(folder, mode.toLowerCase())
  const fileOf = (element: ElementContext): string => join(folderOf(element), `${element.elementId}.json`)
  const write = async (element: ElementContext, doing: string): Promise<void> => {
    const { loop, definition, commonProperties, properties, signal } = element
    const text = JSON.stringify({ loop, definition, doing, ...commonProperties, ...properties })
    await mkdir(folderOf(element), { recursive: true })
    await writeFile(fileOf(element), text, { signal })
  }
  return {
    instantiate: async (element) => {
      await write(element, 'nothing')
      return `wrote ${fileOf(element)}`
    },
    run: (element) => write(element, 'its work'),
    passivate: (element) => write(element, 'nothing'),
    uninstantiate: (element) => rm(fileOf(element), { force: true }),
  }
}

await runParticipantProcess({
  name: 'participant-files',
  participantId: 'FileParticipant0:1.0.0',
  participantType: 'org.example.FileParticipant:1.0.0',
  settings: { folder: setting('HOMEOSTAT_PARTICIPANT_FOLDER', 'where the files are written', z.string().default('.')) },
  start: (base, { folder }) => startParticipant({ ...base, listener: fileListener(folder) }),
})
