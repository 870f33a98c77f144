/**
 * Makes a participant out of a listener: it registers, tells how it is, gets to know definitions, carries out what is ordered of
 * its elements (once, however often the order comes), answers for each, and says good-bye.
 *
 * All that it knows is in memory. One that starts anew has forgotten its loops, and is told of them again when it registers;
 * so listeners must bear to be told what they have done.
 */
import { randomUUID } from 'node:crypto'
import { settlesWithin } from '../../runtime/pause.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { LinkStats, ParticipantLink } from '../link/participant-link.ts'
import type { ParticipantIdentity } from '../protocol/addressee.ts'
import type { Concept } from '../protocol/concept.ts'
import type { ParticipantStatistics, Properties, Report } from '../protocol/conversation.ts'
import type { HealthStatus, LoopState, OrderedState, ParticipantState } from '../protocol/states.ts'
import { CarryingOut } from './carrying-out.ts'
import { DEFAULT_PARTICIPANT_CONFIG, type ParticipantConfig } from './config.ts'
import { DefinitionTable } from './definition-table.ts'
import type { Element } from './element.ts'
import type { ElementListener } from './element-listener.ts'
import { ElementWorks } from './element-works.ts'
import { ExecutionStatistics } from './execution-statistics.ts'
import { Heartbeat } from './heartbeat.ts'
import { ListenerCalls } from './listener-calls.ts'
import { LoopTable } from './loop-table.ts'
import { type OrderCounts, OrderHandling } from './order-handling.ts'
import { Registration } from './registration.ts'
import { ReportSender } from './report-sender.ts'
import { isOrderedState } from './steps.ts'

export interface ParticipantParts {
  readonly identity: ParticipantIdentity
  readonly listener: ElementListener
  /** The participant's own: it closes it. */
  readonly link: ParticipantLink
  readonly clock: Clock
  readonly config?: Partial<ParticipantConfig>
  /** In which it begins. Default: ACTIVE. */
  readonly mode?: ParticipantState
  /** Default: HEALTHY, and TEST_IN_PROGRESS in mode TEST. One that throws isn't healthy. */
  readonly health?: () => HealthStatus
  readonly newId?: () => string
  /** In [0, 1). */
  readonly random?: () => number
}

/** An element, as it is now. */
export interface ElementView {
  readonly loop: Concept
  readonly elementId: string
  readonly definition: Concept
  readonly participantType: Concept
  readonly participantId: Concept
  readonly description: string | undefined
  readonly state: LoopState
  /** Where it is to be. */
  readonly orderedState: OrderedState
  readonly properties: Properties
}

export interface ParticipantStats {
  readonly orders: OrderCounts
  readonly reports: { readonly sent: number; readonly lost: number }
  readonly link: LinkStats
  readonly loops: number
  readonly elements: number
  readonly definitions: number
  /** Elements that are worked on. */
  readonly underWay: number
  readonly failedOperations: number
}

export interface Participant {
  readonly identity: ParticipantIdentity
  isRegistered(): boolean
  state(): ParticipantState
  /** What has begun goes on as it began; what still waits for its turn goes by the new one. The runtime is told. */
  setMode(mode: ParticipantState): void
  elements(): readonly ElementView[]
  /**
   * Something happened to an element that nobody had ordered: reports it, and goes on from there when something is ordered.
   * @returns false if there is no such element
   */
  updateElementState(loop: Concept, elementId: string, state: LoopState, message: string): boolean
  statistics(): ParticipantStatistics
  stats(): ParticipantStats
  /** Ends what is under way, deregisters and closes the link, each within a bounded time. */
  close(): Promise<void>
}

export const startParticipant = (parts: ParticipantParts): Participant => {
  const { identity, listener, link, clock, newId = randomUUID, random = Math.random } = parts
  const config = { ...DEFAULT_PARTICIPANT_CONFIG, ...parts.config }
  let mode: ParticipantState = parts.mode ?? 'ACTIVE'
  let closing: Promise<void> | undefined

  const currentMode = (): ParticipantState => mode
  const health = (): HealthStatus => {
    if (!parts.health) return mode === 'TEST' ? 'TEST_IN_PROGRESS' : 'HEALTHY'
    try {
      return parts.health()
    } catch {
      return 'NOT_HEALTHY'
    }
  }
  const sender = new ReportSender(link, clock, config)
  const send = (report: Report): Promise<void> => sender.send(report)
  const statistics = new ExecutionStatistics(clock.now())
  const loops = new LoopTable(config.goneLoopsMax)
  const definitions = new DefinitionTable(clock, config)
  const calls = new ListenerCalls(listener, clock, config)
  const works = new ElementWorks({
    carryingOut: new CarryingOut({
      clock,
      calls,
      definitions,
      statistics,
      mode: currentMode,
      messageCharsMax: config.messageCharsMax,
      onChange: (element) => loops.markChanged(element),
    }),
    asksPerOperationMax: config.asksPerOperationMax,
    onGone: (element) => loops.forget(element),
  })
  const registration = new Registration({ identity, clock, config, newId, send })
  const heartbeat = new Heartbeat({
    identity,
    clock,
    config,
    listener,
    loops,
    statistics,
    mode: currentMode,
    health,
    newId,
    random,
    send,
  })
  const setMode = (to: ParticipantState): void => {
    mode = to
    if (registration.isRegistered) heartbeat.tell('changed')
  }
  const orders = new OrderHandling({
    identity,
    clock,
    loops,
    works,
    definitions,
    elementsMax: config.elementsMax,
    config,
    mode: currentMode,
    setMode,
    send: (report) => void send(report),
    onRegistered: (responseTo, isInPerson) => {
      const isMine = registration.heard(responseTo, isInPerson)
      if (isMine) heartbeat.tell('all')
      return isMine
    },
    onDeregistered: (responseTo) => registration.deregistered(responseTo),
    onAsked: () => heartbeat.tell('all'),
  })

  link.subscribe(
    (order) => {
      // One that stops takes on nothing more; it only waits for the answer to its good-bye.
      if (!closing || order.type === 'deregistered') orders.handle(order)
    },
    (loop) => loops.holds(loop),
  )
  registration.register()

  const close = async (): Promise<void> => {
    heartbeat.stop()
    await settlesWithin(clock, config.drainWaitMs, works.stop('the participant stops'))
    await registration.leave()
    await settlesWithin(clock, config.deregisterWaitMs, sender.idle())
    sender.close()
    calls.close()
    definitions.close()
    await link.close()
  }

  return {
    identity,
    isRegistered: () => registration.isRegistered,
    state: currentMode,
    setMode,
    elements: () => [...loops.all()].flatMap(({ elements }) => [...elements.values()].map(viewOf)),
    updateElementState: (loop, elementId, state, message) => {
      const element = loops.element(loop, elementId)
      if (!element || closing) return false
      force(element, state, mode, clock.now())
      loops.markChanged(element)
      void send({
        ...identity,
        type: 'elements-changed',
        loop,
        isKnownAlready: false,
        ok: true,
        message,
        results: [{ elementId, state, ok: true, message }],
      })
      return true
    },
    statistics: () => statistics.at(clock.now(), mode, health()),
    stats: () => ({
      orders: { ...orders.counts },
      reports: sender.counts,
      link: link.stats(),
      loops: loops.size,
      elements: loops.elements,
      definitions: definitions.size,
      underWay: works.size,
      failedOperations: statistics.failures,
    }),
    close: () => (closing ??= close()),
  }
}

const viewOf = (element: Element): ElementView => {
  const { order } = element.data
  return {
    loop: element.entry.loop,
    elementId: element.elementId,
    definition: order.definition,
    participantType: order.participantType,
    participantId: order.participantId,
    description: order.description,
    state: element.state,
    orderedState: element.ordered,
    properties: order.properties,
  }
}

/** The element is there now, whatever was done to it before. */
const force = (element: Element, state: LoopState, mode: ParticipantState, atMs: number): void => {
  element.state = state
  if (!isOrderedState(state)) return
  const environment = mode === 'TEST' ? element.test : element.live
  if (environment.state === 'UNINITIALISED') environment.appliedData = element.data
  environment.state = state
  if (state === 'UNINITIALISED') {
    element.upSinceMs = undefined
    environment.appliedData = undefined
  } else {
    environment.isTouched = true
    element.upSinceMs ??= atMs
  }
}
