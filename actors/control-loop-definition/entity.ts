/** How a type of control loop is run. */
import { conceptText } from '../../participants/protocol/concept.ts'
import { defineEntity, type EntityFields, type Waiting } from '../../runtime/entity.ts'
import { CONTROL_LOOP_DEFINITION } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { evolve, initial } from './evolution.ts'
import { decide } from './machine.ts'
import { command, type DefinitionState, event, state } from './protocol.ts'
import { react } from './reactions.ts'

/** Each loop of a busy type is several events; a snapshot as often as elsewhere would be most of what is written. */
const SNAPSHOT_EVERY_EVENTS = 256
/** Participants that haven't acknowledged it: beyond it the others aren't told. All of them are in the state. */
const WAITING_TOLD_MAX = 200

export const controlLoopDefinitionEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: CONTROL_LOOP_DEFINITION,
    version: 1,
    command,
    event,
    state,
    initial,
    decide,
    evolve,
    react: react(config),
    fields,
    waiting,
    limits: { snapshotEveryEvents: SNAPSHOT_EVERY_EVENTS, historyEventsMax: config.historyEventsMax },
  })

/** Nothing of what loops and participants change all the time: an index entry is written whenever one of these does. */
const fields = ({ id, presence, template, revision }: DefinitionState): EntityFields | null =>
  presence === 'absent' || !template
    ? null
    : { id: conceptText(id), ...id, template: conceptText(template), presence, revision: String(revision) }

const waiting = (definition: DefinitionState): readonly Waiting[] => {
  const { template, claim, presence, revision, knownBy } = definition
  const told: Waiting[] = []
  if (template && (claim || presence === 'retiring')) {
    const what = claim ? `confirm revision ${claim.revision}` : 'say whether it goes'
    told.push({ for: `its template to ${what}`, kind: 'entity', on: `service-template/${conceptText(template)}` })
  }
  for (const [participant, { state: how, revision: sent, sinceMs }] of Object.entries(knownBy)) {
    if (told.length >= WAITING_TOLD_MAX) break
    if (how === 'sent' && sent === revision)
      told.push({
        for: `${participant} to acknowledge it`,
        kind: 'participant',
        on: `participant/${participant}`,
        sinceMs,
      })
  }
  return told
}
