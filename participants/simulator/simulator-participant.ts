/** A participant without anything behind it: it does all that is asked, and misbehaves as it is told. */
import type { Clock } from '../../runtime/ports.ts'
import type { ParticipantConfig } from '../intermediary/config.ts'
import type { ElementContext } from '../intermediary/element-listener.ts'
import { type Participant, startParticipant } from '../intermediary/participant.ts'
import type { Operation } from '../intermediary/steps.ts'
import type { ParticipantLink } from '../link/participant-link.ts'
import type { ParticipantIdentity } from '../protocol/addressee.ts'
import type { ParticipantState } from '../protocol/states.ts'
import { ScriptTable } from './script-table.ts'
import { Silence, silencedLink } from './silence.ts'
import { simulatorListener } from './simulator-listener.ts'

export interface SimulatorParticipantParts {
  readonly identity: ParticipantIdentity
  readonly clock: Clock
  readonly config?: Partial<ParticipantConfig>
  readonly mode?: ParticipantState
  /** Several simulated participants may share one. */
  readonly scripts?: ScriptTable
  /** In [0, 1). */
  readonly random?: () => number
  readonly onDone?: (element: ElementContext, operation: Operation) => void
}

export interface SimulatedParticipant extends Participant {
  readonly scripts: ScriptTable
  /** Silent, it neither hears nor says anything, as if it were gone; what is under way goes on. */
  setSilent(isSilent: boolean): void
  isSilent(): boolean
}

export const startSimulatorParticipant = (
  link: ParticipantLink,
  parts: SimulatorParticipantParts,
): SimulatedParticipant => {
  const { identity, clock, config, mode, scripts = new ScriptTable(), random = Math.random, onDone } = parts
  const silence = new Silence(scripts)
  const participant = startParticipant({
    identity,
    clock,
    listener: simulatorListener({ clock, scripts, silence, random, onDone }),
    link: silencedLink(link, silence),
    random,
    ...(config && { config }),
    ...(mode && { mode }),
  })
  return {
    ...participant,
    scripts,
    setSilent: (isSilent) => {
      silence.isTotal = isSilent
    },
    isSilent: () => silence.isTotal,
  }
}
