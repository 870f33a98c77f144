/** How a service template is run. */
import { conceptText } from '../../participants/protocol/concept.ts'
import { defineEntity, type EntityFields, type Waiting } from '../../runtime/entity.ts'
import { SERVICE_TEMPLATE } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { evolve, initial } from './evolution.ts'
import { decide } from './machine.ts'
import { command, event, state, type TemplateState } from './protocol.ts'
import { react } from './reactions.ts'
import { openQuestion } from './walk.ts'

export const serviceTemplateEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: SERVICE_TEMPLATE,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(config),
    evolve,
    react: react(config),
    fields,
    waiting,
    // Some events hold a whole template: a snapshot soon, and not many of them.
    limits: { snapshotEveryEvents: 32, historyEventsMax: 128 },
  })

const fields = ({ id, presence, revision }: TemplateState): EntityFields | null =>
  presence === 'absent' ? null : { id: conceptText(id), ...id, presence, revision: String(revision) }

const waiting = (template: TemplateState): readonly Waiting[] => {
  const open = openQuestion(template)
  if (!open) return []
  const name = conceptText(open.definition)
  const what = open.kind === 'claim' ? `to become a type of this template` : 'to say that it can go'
  return [
    {
      for: `control loop definition ${name} ${what}`,
      kind: 'entity',
      on: `control-loop-definition/${name}`,
      sinceMs: template.begunAtMs,
    },
  ]
}
