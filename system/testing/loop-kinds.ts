/** Kinds of control loops for tests on a cluster: a service template, who carries its elements, and how a loop of it is written. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  ACTUATORS,
  GREENHOUSE,
  house,
  POLICIES,
  ROOF,
  RULES,
} from '../../gateway/control-loop/testing/greenhouse-template.ts'
import type { Concept } from '../../participants/protocol/concept.ts'
import type { ParticipantIdentity } from '../../participants/protocol/generation.ts'

export interface WantedLoop {
  readonly name: string
  readonly version: string
  readonly definition: Concept
  readonly elements: Readonly<Record<string, { readonly id: string }>>
}

export interface LoopKind {
  /** In YAML. */
  readonly template: string
  readonly participants: readonly ParticipantIdentity[]
  /** `number`: no other loop of the kind may have the same. */
  loop(name: string, number: number): WantedLoop
}

export const greenhouse: LoopKind = {
  template: GREENHOUSE,
  participants: [
    { participantId: ROOF, participantType: ACTUATORS },
    { participantId: RULES, participantType: POLICIES },
  ],
  loop: (name, number) => ({ ...house(number), name }),
}

/** The greenhouse once more, with all elements on one participant, and every name another one. */
export const shed: LoopKind = {
  template: inShed(GREENHOUSE),
  participants: [{ participantId: ROOF, participantType: ACTUATORS }].map(
    (identity) => JSON.parse(inShed(JSON.stringify(identity))) as ParticipantIdentity,
  ),
  loop: (name, number) => ({ ...(JSON.parse(inShed(JSON.stringify(house(number)))) as WantedLoop), name }),
}

function inShed(text: string): string {
  return text
    .replaceAll(POLICIES.name, ACTUATORS.name)
    .replaceAll(`"${RULES.name}"`, `"${ROOF.name}"`)
    .replaceAll(`"${ROOF.name}"`, '"shed"')
    .replaceAll('org.example', 'org.shed')
    .replaceAll('00000000-0000-4000-8', '00000000-0000-4000-a')
}

const PMSH_FILE = fileURLToPath(
  new URL('../../../shared/data/control-loop/istanbul/PMSubscriptionHandling.yaml', import.meta.url),
)
const identity = (id: string, type: string, version: string): ParticipantIdentity => ({
  participantId: { name: id, version: '1.0.0' },
  participantType: { name: type, version },
})
const DCAE = identity('DCAEParticipant0', 'org.onap.dcae.controlloop.DCAEMicroserviceControlLoopParticipant', '2.3.4')
// Its two policies are for participants of different releases.
const MONITORING = identity('PolicyParticipant0', 'org.onap.policy.controlloop.PolicyControlLoopParticipant', '2.3.1')
const OPERATIONAL = identity('PolicyParticipant1', 'org.onap.policy.controlloop.PolicyControlLoopParticipant', '2.2.1')
const CDS = identity('CDSParticipant0', 'org.onap.ccsdk.cds.controlloop.CdsControlLoopParticipant', '3.2.1')
const PMSH_ELEMENTS = [
  ['PMSH_DCAEMicroservice', DCAE],
  ['PMSH_MonitoringPolicyControlLoopElement', MONITORING],
  ['PMSH_OperationalPolicyControlLoopElement', OPERATIONAL],
  ['PMSH_CDS_ControlLoopElement', CDS],
] as const

/** ONAP's own loop, from its own file, where that is at hand. */
export const pmsh = (): LoopKind | undefined => {
  if (!existsSync(PMSH_FILE)) {
    console.info(`${PMSH_FILE} isn't here: skipped what is tested with it, beside our own loop`)
    return undefined
  }
  return {
    template: readFileSync(PMSH_FILE, 'utf8'),
    participants: [DCAE, MONITORING, OPERATIONAL, CDS],
    loop: (name, number) => ({
      name,
      version: '1.0.0',
      definition: { name: 'org.onap.domain.pmsh.PMSHControlLoopDefinition', version: '1.2.3' },
      elements: Object.fromEntries(
        PMSH_ELEMENTS.map(([element, { participantId }], index) => {
          const id = `00000000-0000-4000-9${String(number).padStart(3, '0')}-${String(index).padStart(12, '0')}`
          return [id, { id, definition: { name: `org.onap.domain.pmsh.${element}`, version: '1.2.3' }, participantId }]
        }),
      ),
    }),
  }
}
