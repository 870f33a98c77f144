/** Which entities a participant's report is for, and what they are told. */
import { controlLoopRef, participantRef } from '../../actors/addresses.ts'
import type { LoopCommand } from '../../actors/control-loop/protocol.ts'
import type { GenerationName, ParticipantCommand } from '../../actors/participant/protocol.ts'
import type { Report } from '../../participants/protocol/conversation.ts'
import type { EntityRef } from '../../runtime/entity.ts'

export interface Telling {
  readonly to: EntityRef
  readonly message: LoopCommand | ParticipantCommand
}

/** One message mostly; a status is one for the participant, and one for each loop that it says something of. */
export const tellingsOf = (report: Report, generation: GenerationName): readonly Telling[] => {
  const { participantId, participantType } = report
  const toParticipant = (message: ParticipantCommand): Telling => ({ to: participantRef(participantId), message })
  switch (report.type) {
    case 'register':
    case 'deregister':
      return [toParticipant({ type: report.type, participantType, generation, messageId: report.messageId })]
    case 'definitions-known': {
      const { responseTo, ok, message, state } = report
      return [toParticipant({ type: report.type, responseTo, ok, message: cut(message), ...(state ? { state } : {}) })]
    }
    case 'elements-changed': {
      const { type, responseTo, isKnownAlready, ok, message, results, loop } = report
      const words: LoopCommand = {
        type,
        participantId,
        ...(responseTo === undefined ? {} : { responseTo }),
        isKnownAlready,
        ok,
        message: cut(message),
        results: results.map((result) => ({ ...result, message: cut(result.message) })),
      }
      return [{ to: controlLoopRef(loop), message: words }]
    }
    case 'status': {
      const { atMs: sentAtMs, state, healthStatus, statistics, loops } = report
      return [
        toParticipant({
          type: 'status-reported',
          participantType,
          generation,
          sentAtMs,
          state,
          healthStatus,
          ...(statistics ? { statistics } : {}),
        }),
        ...loops
          .filter(({ elements }) => elements.length > 0)
          .map(({ loop, elements }): Telling => {
            const message: LoopCommand = { type: 'elements-reported', participantId, sentAtMs, elements }
            return { to: controlLoopRef(loop), message }
          }),
      ]
    }
  }
}

/** What entities store of a participant's words. */
const MESSAGE_CHARS_MAX = 1_000

const cut = (text: string): string => (text.length > MESSAGE_CHARS_MAX ? `${text.slice(0, MESSAGE_CHARS_MAX)}…` : text)
