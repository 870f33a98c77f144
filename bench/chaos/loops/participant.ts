/**
 * A participant of the chaos run: what it does takes a while, and now and then fails; what it hears and does is on disk. Its elements
 * are gone when it is killed, as those of a participant are that keeps them in its own process.
 */
import { z } from 'zod'
import type { ElementContext, ElementListener } from '../../../participants/intermediary/element-listener.ts'
import { startParticipant } from '../../../participants/intermediary/participant.ts'
import { END_OF, type Operation } from '../../../participants/intermediary/steps.ts'
import type { ParticipantLink } from '../../../participants/link/participant-link.ts'
import { runParticipantProcess } from '../../../participants/participant-process.ts'
import { appliesTo, type ParticipantIdentity } from '../../../participants/protocol/addressee.ts'
import { conceptText, isSameConcept } from '../../../participants/protocol/concept.ts'
import type { Order } from '../../../participants/protocol/conversation.ts'
import type { OrderedState } from '../../../participants/protocol/states.ts'
import { pause } from '../../../runtime/pause.ts'
import { setting } from '../../../runtime/settings.ts'
import { systemClock } from '../../../runtime/system-clock.ts'
import { openRecord, type ParticipantRecord } from './participant-record.ts'

const DELAY_MS = { least: 20, most: 300 }
const FAILURE_CHANCE = 0.04

const recordingListener = (record: ParticipantRecord): ElementListener => {
  const states = new Map<string, OrderedState>()
  const perform =
    (operation: Operation) =>
    async ({ elementId, loop, signal }: ElementContext): Promise<void> => {
      const begun = record.lines
      await pause(systemClock, DELAY_MS.least + Math.random() * (DELAY_MS.most - DELAY_MS.least), signal)
      signal.throwIfAborted()
      if (Math.random() < FAILURE_CHANCE) {
        record.note({ what: 'failed', elementId })
        throw new Error(`chance had it that ${operation} fails`)
      }
      const from = states.get(elementId) ?? 'UNINITIALISED'
      const to = END_OF[operation]
      states.set(elementId, to)
      record.note({ what: 'did', loop: conceptText(loop), elementId, operation, from, to, begun })
    }
  return {
    instantiate: perform('instantiate'),
    run: perform('run'),
    passivate: perform('passivate'),
    uninstantiate: perform('uninstantiate'),
  }
}

/** Notes each order of elements before the intermediary gets it. */
const recordingLink = (link: ParticipantLink, identity: ParticipantIdentity, record: ParticipantRecord) => {
  /** Of each loop, the phases of its elements that are this participant's. */
  const known = new Map<string, Map<string, number>>()
  const note = (order: Order): void => {
    if (order.type !== 'instantiate' && order.type !== 'change-state') return
    const loop = conceptText(order.loop)
    const phases = known.get(loop) ?? new Map<string, number>()
    known.set(loop, phases)
    const elementIds = order.type === 'instantiate' ? ownElements(order, identity) : meantBy(order, phases)
    if (elementIds.length === 0) return
    if (order.type === 'instantiate') for (const id of elementIds) phases.set(id, order.startPhase)
    const { messageId, atMs: sentAtMs } = order
    const orderedState = order.type === 'instantiate' ? 'PASSIVE' : order.orderedState
    record.note({ what: 'heard', messageId, sentAtMs, loop, orderedState, elementIds })
  }
  const subscribe: ParticipantLink['subscribe'] = (receive, holds) =>
    link.subscribe((order) => {
      if (appliesTo(order.to, identity)) note(order)
      receive(order)
    }, holds)
  return { ...link, subscribe }
}

const ownElements = (
  { participants }: Extract<Order, { type: 'instantiate' }>,
  { participantId }: ParticipantIdentity,
): string[] =>
  participants
    .filter((each) => isSameConcept(each.participantId, participantId))
    .flatMap(({ elements }) => elements.map(({ elementId }) => elementId))

const meantBy = (
  { startPhase }: Extract<Order, { type: 'change-state' }>,
  phases: ReadonlyMap<string, number>,
): string[] => [...phases].filter(([, phase]) => (startPhase ?? phase) === phase).map(([id]) => id)

// Whoever started it is gone: nobody would end it.
process.on('disconnect', () => process.exit(1))

await runParticipantProcess({
  name: 'chaos-participant',
  participantId: 'chaos.participant:1.0.0',
  participantType: 'chaos.Participants:1.0.0',
  settings: { record: setting('HOMEOSTAT_PARTICIPANT_RECORD', 'the file in which it notes what it did', z.string()) },
  start: ({ link, ...base }, { record: path }) => {
    const record = openRecord(path)
    return startParticipant({
      ...base,
      link: recordingLink(link, base.identity, record),
      listener: recordingListener(record),
    })
  },
})
