/** Types of control loops as the runtime API shows them. */
import { z } from 'zod'
import { type DefinitionState, elementFacts } from '../../../actors/control-loop-definition/protocol.ts'
import { concept, conceptOf, conceptText } from '../../../participants/protocol/concept.ts'
import { properties } from '../../../participants/protocol/conversation.ts'
import type { ListRow } from '../../../runtime/ports.ts'
import { timeText } from '../../routes.ts'
import type { CommissionedTemplate } from '../commissioned.ts'

const presence = z.enum(['claimed', 'commissioned', 'retiring']).meta({
  description: '`claimed`: its template is being commissioned; `retiring`: it is being decommissioned',
})

export const definitionSummary = z
  .object({ ...concept.shape, template: concept, presence, revision: z.number().int() })
  .meta({ id: 'ControlLoopDefinitionSummary' })

export const viewDefinitionRow = ({ fields }: ListRow): z.infer<typeof definitionSummary> => ({
  name: fields['name'] ?? '',
  version: fields['version'] ?? '',
  template: conceptOf(fields['template'] ?? ''),
  presence: presence.parse(fields['presence']),
  revision: Number(fields['revision']),
})

export const definitionDetails = definitionSummary
  .extend({
    description: z.string(),
    provider: z.string(),
    commissionedAt: z.string().exactOptional(),
    controlLoops: z.number().int().meta({ description: 'loops of this type' }),
    deployed: z.number().int().meta({ description: 'those of them that are with their participants' }),
    elements: z.array(
      elementFacts.extend({
        participantId: concept.exactOptional(),
        type: z.string().exactOptional(),
        typeVersion: z.string().exactOptional(),
        description: z.string().exactOptional(),
        commonProperties: properties.exactOptional(),
      }),
    ),
    knownBy: z
      .array(
        z.object({
          participantId: concept,
          revision: z.number().int(),
          state: z.enum(['sent', 'known', 'refused']),
          message: z.string(),
          since: z.string(),
        }),
      )
      .meta({ description: 'participants, and how far they know it' }),
  })
  .meta({ id: 'ControlLoopDefinitionDetails' })

/** @param source the template that it is from, if it is there */
export const viewDefinition = (
  state: DefinitionState,
  source: CommissionedTemplate | undefined,
): z.infer<typeof definitionDetails> | undefined => {
  const { id, template, definition } = state
  if (!template || !definition || state.presence === 'absent') return undefined
  const type = source?.types.get(conceptText(id))
  return {
    ...id,
    template,
    presence: state.presence,
    revision: state.revision,
    description: definition.description,
    provider: definition.provider,
    ...(state.commissionedAtMs === 0 ? {} : { commissionedAt: timeText(state.commissionedAtMs) }),
    controlLoops: state.loops,
    deployed: state.deployed,
    elements: definition.elements.map((facts) => {
      const own = type?.elements.find((one) => conceptText(one.definition) === conceptText(facts.definition))
      return {
        ...facts,
        ...(own ? { type: own.type, typeVersion: own.typeVersion, commonProperties: own.commonProperties } : {}),
        ...(own?.participantId ? { participantId: own.participantId } : {}),
        ...(own?.description === undefined ? {} : { description: own.description }),
      }
    }),
    knownBy: Object.entries(state.knownBy).map(([participant, known]) => ({
      participantId: conceptOf(participant),
      revision: known.revision,
      state: known.state,
      message: known.message,
      since: timeText(known.sinceMs),
    })),
  }
}
