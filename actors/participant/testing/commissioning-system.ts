/**
 * The entities of commissioning on the real runtime, in virtual time; participants are what the test makes of them. What is said to
 * them is read from the topic, as they would read it.
 */
import { expect } from 'vitest'
import type { Concept } from '../../../participants/protocol/concept.ts'
import { PARTICIPANT_TOPIC, type WireMessage } from '../../../participants/protocol/generation.ts'
import { decode } from '../../../runtime/codec.ts'
import type { EntityRef, Reply, Tagged } from '../../../runtime/entity.ts'
import { decodePublished } from '../../../runtime/published.ts'
import { participantRef, serviceTemplateRef } from '../../addresses.ts'
import type { ActorsConfig } from '../../config.ts'
import { LIVE_TOPIC, type LiveEvent, liveEvent } from '../../live.ts'
import type { Content, TemplateCommand, TemplateReply } from '../../service-template/protocol.ts'
import { named } from '../../service-template/testing/sample-template.ts'
import { replayedEntities } from '../../testing/replay.ts'
import { RecordedSystem } from '../../testing/recorded-system.ts'
import type { ParticipantCommand, ParticipantState } from '../protocol.ts'
import { PARTICIPANT_RETURNS_TOPIC, participantReturn } from '../returns.ts'

export class CommissioningSystem {
  readonly system: RecordedSystem
  #read = 0
  #messages = 0

  constructor(actors: Partial<ActorsConfig> = {}) {
    this.system = new RecordedSystem({ seed: 1, actors })
  }

  async start(): Promise<this> {
    await this.system.start()
    return this
  }

  commission(template: string, content: Content): Promise<Reply<TemplateReply>> {
    const message: TemplateCommand = { type: 'commission', content }
    return this.system.ask(serviceTemplateRef(named(template)), message)
  }

  decommission(template: string): Promise<Reply<TemplateReply>> {
    return this.system.ask(serviceTemplateRef(named(template)), { type: 'decommission' })
  }

  /** It says something, and everything that follows at once has happened. */
  async say(participant: string, command: ParticipantCommand): Promise<void> {
    await this.tell(participantRef(named(participant)), command)
  }

  async tell(to: EntityRef, message: Tagged): Promise<void> {
    await this.system.ask(to, message)
    await this.system.pass(50)
  }

  async register(participant: string, type = 'http'): Promise<string> {
    const messageId = `register-${++this.#messages}`
    await this.say(participant, { type: 'register', participantType: named(type), generation: 'istanbul', messageId })
    return messageId
  }

  async report(participant: string, type = 'http'): Promise<void> {
    await this.say(participant, {
      type: 'status-reported',
      participantType: named(type),
      generation: 'istanbul',
      sentAtMs: 0,
      state: 'ACTIVE',
      healthStatus: 'HEALTHY',
    })
  }

  /** It acknowledges everything that it was sent. */
  async acknowledge(participant: string): Promise<void> {
    const { templates } = this.participant(participant)
    for (const { messageId, state } of Object.values(templates))
      if (state === 'sent')
        await this.say(participant, { type: 'definitions-known', responseTo: messageId, ok: true, message: '' })
  }

  /** What participants were told since this was asked last. */
  messages(): readonly WireMessage[] {
    const all = this.system.published(PARTICIPANT_TOPIC)
    const fresh = all.slice(this.#read)
    this.#read = all.length
    return fresh.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as WireMessage)
  }

  /** The same in short: type of message, and who is meant. */
  said(): readonly string[] {
    return this.messages().map(({ messageType, participantId }) => {
      const { name } = participantId as Concept
      return `${String(messageType)} ${name}`
    })
  }

  returns(): readonly string[] {
    return this.system
      .published(PARTICIPANT_RETURNS_TOPIC)
      .map((bytes) => participantReturn.parse(decodePublished(bytes).message).participantId.name)
  }

  live(): readonly LiveEvent[] {
    return this.system.published(LIVE_TOPIC).map((bytes) => liveEvent.parse(decodePublished(bytes).message))
  }

  participant(name: string): ParticipantState {
    const state = this.system.state<ParticipantState>(participantRef(named(name)))
    if (!state) throw new Error(`nobody has heard of ${name}`)
    return state
  }

  /** Stops, and every entity is what its events make of it, and what its snapshot and later events do. */
  stop(): void {
    for (const { address, live, fromEvents, fromSnapshot } of replayedEntities(this.system)) {
      expect(decode(fromEvents), `${address} from its events`).toEqual(decode(live))
      expect(decode(fromSnapshot), `${address} from its snapshot`).toEqual(decode(live))
    }
    expect(this.system.faults).toEqual([])
    this.system.stop()
  }
}
