/** The participant for everything that is configured with HTTP requests. */
import type { Clock } from '../../runtime/ports.ts'
import type { ParticipantConfig } from '../intermediary/config.ts'
import { type Participant, startParticipant } from '../intermediary/participant.ts'
import type { ParticipantLink } from '../link/participant-link.ts'
import type { ParticipantIdentity } from '../protocol/addressee.ts'
import type { ParticipantState } from '../protocol/states.ts'
import { httpListener, type HttpListenerLimits } from './http-listener.ts'

export interface HttpParticipantParts {
  readonly identity: ParticipantIdentity
  readonly clock: Clock
  readonly config?: Partial<ParticipantConfig>
  readonly mode?: ParticipantState
  readonly limits?: Partial<HttpListenerLimits>
}

export const startHttpParticipant = (link: ParticipantLink, parts: HttpParticipantParts): Participant => {
  const { limits, ...base } = parts
  return startParticipant({ ...base, link, listener: httpListener(parts.clock, limits) })
}
