/** What the routes of control loops read; made once, because it keeps what was decoded. */
import type { Queries } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import { commissionedIn, type Commissioned } from './commissioned.ts'
import { registeredParticipants, type RegisteredParticipants } from './registered-participants.ts'
import { storedLoops, type StoredLoops } from './stored-loops.ts'

export interface ControlLoopReads {
  readonly commissioned: Commissioned
  readonly stored: StoredLoops
  readonly participants: RegisteredParticipants
}

export const controlLoopReads = (queries: Queries, asks: Asking, clock: Clock): ControlLoopReads => ({
  commissioned: commissionedIn(queries, asks),
  stored: storedLoops(queries, asks),
  participants: registeredParticipants(queries, asks, clock),
})
