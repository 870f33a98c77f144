/** Control loops' side of a node: participants that run here, and what brings their words to entities and orders to them. */
import { joinedWords } from '../gateway/participant-intake/joined-words.ts'
import { type ParticipantIntake, startParticipantIntake } from '../gateway/participant-intake/participant-intake.ts'
import { startParticipantReturns } from '../gateway/participant-intake/participant-returns.ts'
import { tellingsOf } from '../gateway/participant-intake/routing.ts'
import { startHttpParticipant } from '../participants/http/http-participant.ts'
import type { Participant } from '../participants/intermediary/participant.ts'
import { DEFAULT_TOPIC_LINK_CONFIG } from '../participants/link/config.ts'
import { openKafkaLink } from '../participants/link/kafka-link.ts'
import { localHub } from '../participants/link/local-link.ts'
import type { ParticipantLink } from '../participants/link/participant-link.ts'
import { TopicFeed } from '../participants/link/topic-feed.ts'
import { conceptText } from '../participants/protocol/concept.ts'
import type { ParticipantIdentity } from '../participants/protocol/generation.ts'
import { ScriptTable } from '../participants/simulator/script-table.ts'
import { startSimulatorServer } from '../participants/simulator/server.ts'
import {
  type SimulatedParticipant,
  startSimulatorParticipant,
} from '../participants/simulator/simulator-participant.ts'
import type { Node } from '../runtime/node.ts'
import type { Clock } from '../runtime/ports.ts'
import type { Backing, Report } from './backing.ts'
import type { NodeSettings } from './environment.ts'
import { startOrderFeed } from './order-feed.ts'
import { EXAMPLE_PARTICIPANTS, LOCAL_PARTITIONS, type NodeParticipant } from './participant-settings.ts'

export interface ParticipantParts {
  readonly backing: Backing
  readonly settings: NodeSettings
  readonly node: Node
  readonly clock: Clock
  readonly report: Report
}

export interface ParticipantRole {
  /** `<name>:<version>` of those that run here. */
  readonly names: readonly string[]
  /** Of the simulated ones' REST interface. */
  readonly simulatorUrl: string | undefined
  close(): Promise<void>
}

const warnTo =
  (report: Report) =>
  (text: string, details: Readonly<Record<string, unknown>>): void =>
    report(`${text} ${JSON.stringify(details)}`)

/** Takes in what participants say on Kafka; any number of nodes may do it. */
export const startIntakeOfParticipants = ({
  backing,
  settings,
  node,
  clock,
  report,
}: ParticipantParts): Promise<ParticipantIntake> =>
  startParticipantIntake({
    log: backing.log,
    clock,
    client: node,
    topic: settings.participants.participantTopic,
    warn: warnTo(report),
  })

/** Tells the loops of participants that are back; any number of nodes may do it. */
export const startReturnsOfParticipants = ({ backing, node, clock, report }: ParticipantParts) =>
  startParticipantReturns({
    log: backing.log,
    clock,
    client: node,
    queries: node.queries,
    warn: warnTo(report),
  })

/** Whatever else fails, none that was started is left running. */
export const startParticipantRole = async (parts: ParticipantParts): Promise<ParticipantRole> => {
  const { backing, settings, clock, report } = parts
  const { participants, simulatorPort } = settings.participants
  const wanted = participants ?? (backing.kind === 'embedded' ? EXAMPLE_PARTICIPANTS : [])
  const opened: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).reverse()) await end()
  }
  try {
    const linkTo = await linksOf(parts, opened)
    const scripts = new ScriptTable()
    const simulated: SimulatedParticipant[] = []
    for (const one of wanted) {
      const identity = { participantId: one.participantId, participantType: one.participantType }
      const participant = started(one, await linkTo(identity), clock, scripts, simulated)
      opened.push(() => participant.close())
    }
    let simulatorUrl: string | undefined
    if (simulatorPort !== undefined && simulated.length > 0) {
      const server = await startSimulatorServer({ participants: () => simulated, scripts, clock, port: simulatorPort })
      opened.push(() => server.close())
      simulatorUrl = server.url
      report(`the simulated participants' REST interface is at ${server.url}/onap/participantsim/v2`)
    }
    return { names: wanted.map(({ participantId }) => conceptText(participantId)), simulatorUrl, close }
  } catch (error) {
    await close()
    throw error
  }
}

const started = (
  { kind, participantId, participantType }: NodeParticipant,
  link: ParticipantLink,
  clock: Clock,
  scripts: ScriptTable,
  simulated: SimulatedParticipant[],
): Participant => {
  const identity = { participantId, participantType }
  if (kind === 'http') return startHttpParticipant(link, { identity, clock })
  const participant = startSimulatorParticipant(link, { identity, clock, scripts })
  simulated.push(participant)
  return participant
}

/** On one machine they are spoken to within the process, in a cluster over Kafka like those elsewhere. */
const linksOf = async (
  { backing, settings, node, clock, report }: ParticipantParts,
  opened: (() => Promise<void>)[],
): Promise<(identity: ParticipantIdentity) => Promise<ParticipantLink> | ParticipantLink> => {
  const { participantTopic: topic } = settings.participants
  if (backing.kind === 'cluster') {
    const { log } = backing
    const warn = warnTo(report)
    let opening: Promise<TopicFeed> | undefined
    const openFeed = async (): Promise<TopicFeed> => {
      const feed = await TopicFeed.open({ log, clock, topic, config: DEFAULT_TOPIC_LINK_CONFIG, warn })
      opened.push(() => feed.close())
      return feed
    }
    return async (identity) =>
      openKafkaLink({ log, clock, identity, topic, feed: await (opening ??= openFeed()), warn })
  }
  const tell = joinedWords((to, message, options) => node.tell(to, message, options))
  const hub = localHub({
    onReport: async (said) => {
      const tellings = tellingsOf(said, 'istanbul')
      await Promise.all(tellings.map(({ to, message }) => tell(to, message, { sender: 'participant' })))
    },
  })
  const feed = await startOrderFeed({ log: backing.log, clock, topic, partitions: LOCAL_PARTITIONS, hub, report })
  opened.push(() => feed.close())
  return (identity) => hub.connect(identity)
}
