/**
 * Participants in the node's own process: orders go to them, and their reports come back, as the objects that they are; nothing
 * is parsed or written.
 *
 * The hub gives an order only to those whom it concerns: by name where it has one, by the list of participants for
 * `instantiate`, by who has something of the loop for a change of state. So a participant costs nothing that has no part in it.
 */
import { RuntimeFault } from '../../runtime/fault.ts'
import type { ParticipantIdentity } from '../protocol/addressee.ts'
import { appliesTo } from '../protocol/addressee.ts'
import { type Concept, conceptText } from '../protocol/concept.ts'
import type { Order, Report } from '../protocol/conversation.ts'
import type { ParticipantLink } from './participant-link.ts'

export interface LocalHubParts {
  /** Takes a report on. Resolves when it is durable; the participant tries again if it rejects. */
  readonly onReport: (report: Report) => Promise<void>
  /** Orders that wait for their turn; beyond it they are dropped, and the runtime's own deadlines bring them again. */
  readonly ordersWaitingMax?: number
}

export interface LocalHub {
  /** Never throws, and returns before any participant has seen the order. */
  deliver(order: Order): void
  /** @throws {RuntimeFault} `in-use` if a participant of that id is connected already */
  connect(identity: ParticipantIdentity): ParticipantLink
  /** Whether a participant of that id is connected. */
  has(participantId: Concept): boolean
}

const ORDERS_WAITING_MAX = 100_000
/** Handed on in one go; then the event loop has its turn. */
const ORDERS_PER_TURN = 256

export const localHub = ({ onReport, ordersWaitingMax = ORDERS_WAITING_MAX }: LocalHubParts): LocalHub => {
  const connections = new Map<string, Connection>()
  let waiting: Order[] = []
  let next = 0
  let isScheduled = false

  const dispatch = (): void => {
    isScheduled = false
    const end = Math.min(waiting.length, next + ORDERS_PER_TURN)
    while (next < end) {
      const order = waiting[next++] as Order
      for (const connection of concernedBy(order, connections)) connection.hand(order)
    }
    if (next < waiting.length) return schedule()
    waiting = []
    next = 0
  }
  const schedule = (): void => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(dispatch)
  }

  return {
    deliver: (order) => {
      if (connections.size === 0) return
      if (waiting.length - next < ordersWaitingMax) waiting.push(order)
      else for (const connection of concernedBy(order, connections)) connection.dropped++
      schedule()
    },
    connect: (identity) => {
      const key = conceptText(identity.participantId)
      if (connections.has(key))
        throw new RuntimeFault('in-use', `participant ${key} is connected already`, { address: `participant/${key}` })
      const connection = new Connection(identity, onReport, () => connections.delete(key))
      connections.set(key, connection)
      return connection
    },
    has: (participantId) => connections.has(conceptText(participantId)),
  }
}

const concernedBy = (order: Order, connections: ReadonlyMap<string, Connection>): readonly Connection[] => {
  const { to } = order
  const candidates = candidatesFor(order, connections)
  const concerned = candidates.filter((connection) => appliesTo(to, connection.identity))
  // To one in person even if it has nothing of the loop: it may have to say so.
  if (order.type !== 'change-state' || (to.participantType && to.participantId)) return concerned
  return concerned.filter((connection) => connection.holds(order.loop))
}

const candidatesFor = (order: Order, connections: ReadonlyMap<string, Connection>): Connection[] => {
  const { participantType, participantId } = order.to
  const named =
    participantType && participantId
      ? [participantId]
      : order.type === 'instantiate'
        ? order.participants.map((participant) => participant.participantId)
        : undefined
  if (named === undefined) return [...connections.values()]
  const keys = new Set(named.map(conceptText))
  return [...keys].flatMap((key) => connections.get(key) ?? [])
}

class Connection implements ParticipantLink {
  readonly identity: ParticipantIdentity
  dropped = 0
  readonly #onReport: (report: Report) => Promise<void>
  readonly #onClose: () => void
  #receive: ((order: Order) => void) | undefined
  #holds: (loop: Concept) => boolean = () => false
  #received = 0
  #waiting = 0
  #isClosed = false

  constructor(identity: ParticipantIdentity, onReport: (report: Report) => Promise<void>, onClose: () => void) {
    this.identity = identity
    this.#onReport = onReport
    this.#onClose = onClose
  }

  hand(order: Order): void {
    if (this.#isClosed || !this.#receive) return
    this.#received++
    this.#receive(order)
  }

  holds(loop: Concept): boolean {
    return this.#holds(loop)
  }

  async send(report: Report): Promise<void> {
    if (this.#isClosed) throw new RuntimeFault('closed', 'the participant has left')
    this.#waiting++
    try {
      await this.#onReport(report)
    } finally {
      this.#waiting--
    }
  }

  subscribe(receive: (order: Order) => void, holds: (loop: Concept) => boolean): void {
    this.#receive = receive
    this.#holds = holds
  }

  stats() {
    return { received: this.#received, foreign: 0, malformed: 0, dropped: this.dropped, waiting: this.#waiting }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#onClose()
  }
}
