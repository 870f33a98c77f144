/** Participants of control loops: how they are spoken with, and which of them run in this node. */
import { z } from 'zod'
import { type Concept, concept, conceptText } from '../participants/protocol/concept.ts'
import { PARTICIPANT_TOPIC } from '../participants/protocol/generation.ts'
import { setting } from '../runtime/settings.ts'

export const PARTICIPANT_KINDS = ['simulator', 'http'] as const
export type ParticipantKind = (typeof PARTICIPANT_KINDS)[number]

export interface NodeParticipant {
  readonly kind: ParticipantKind
  readonly participantId: Concept
  readonly participantType: Concept
}

const FORM = /^([a-z]+)=([^:/]+):([^:/]+)\/([^:/]+):([^:/]+)$/
const EXAMPLE = 'simulator=Sim0:1.0.0/org.example.Participant:1.0.0'

const nodeParticipant = z.string().transform((text, context): NodeParticipant => {
  const [, kind, name, version, typeName, typeVersion] = FORM.exec(text) ?? []
  const participantId = concept.safeParse({ name, version })
  const participantType = concept.safeParse({ name: typeName, version: typeVersion })
  const known = PARTICIPANT_KINDS.find((each) => each === kind)
  if (known && participantId.success && participantType.success)
    return { kind: known, participantId: participantId.data, participantType: participantType.data }
  const what =
    kind !== undefined && !known ? `there is no participant '${kind}', only ${PARTICIPANT_KINDS.join(', ')}` : ''
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is not <kind>=<name>:<version>/<type>:<version>, for instance ${EXAMPLE}${what && `; ${what}`}`,
  })
  return z.NEVER
})

export const PARTICIPANT_SETTINGS = {
  participantTopic: setting(
    'HOMEOSTAT_PARTICIPANT_TOPIC',
    'the topic on which control loops and their participants speak, both ways',
    z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,249}$/, 'up to 249 letters, digits, dots, dashes and underscores')
      .default(PARTICIPANT_TOPIC),
  ),
  participants: setting(
    'HOMEOSTAT_PARTICIPANTS',
    `participants that run in this node, as \`<kind>=<name>:<version>/<type>:<version>\` with commas between, kinds \`${PARTICIPANT_KINDS.join('`, `')}\`; no two nodes may run the same; default: those of the example on one machine, none in a cluster`,
    z
      .string()
      .transform((text) =>
        text
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      )
      .pipe(z.array(nodeParticipant))
      .optional(),
  ),
  simulatorPort: setting(
    'HOMEOSTAT_PARTICIPANT_SIMULATOR_PORT',
    'port of the REST interface of the simulated participants of this node (scripted delays, failures, silence), on loopback; 0: any; absent: none',
    z.coerce.number().int().min(0).max(65_535).optional(),
  ),
}

/** What the example's control loop needs, so that on one machine it runs as it is. */
export const EXAMPLE_PARTICIPANTS: readonly NodeParticipant[] = [
  {
    kind: 'simulator',
    participantId: { name: 'SimulatorParticipant0', version: '1.0.0' },
    participantType: { name: 'org.homeostat.SimulatedParticipant', version: '1.0.0' },
  },
  {
    kind: 'http',
    participantId: { name: 'HttpParticipant0', version: '1.0.0' },
    participantType: { name: 'org.onap.k8s.controlloop.HttpControlLoopParticipant', version: '2.3.4' },
  },
]

/** As the setting has them. */
export const participantsText = (participants: readonly NodeParticipant[]): string =>
  participants
    .map((one) => `${one.kind}=${conceptText(one.participantId)}/${conceptText(one.participantType)}`)
    .join(',')

/** Of the topic on one machine. */
export const LOCAL_PARTITIONS = 4
