/** A participant on a hub, with a listener that notes what it is called for, under a clock that stands still. */
import { ManualClock, seeded } from '../../runtime/testing/manual-clock.ts'
import type { ParticipantConfig } from '../intermediary/config.ts'
import type { ElementContext, ElementListener } from '../intermediary/element-listener.ts'
import { type Participant, type ParticipantParts, startParticipant } from '../intermediary/participant.ts'
import type { Operation } from '../intermediary/steps.ts'
import type { ElementResult, Order } from '../protocol/conversation.ts'
import { define, IDENTITY } from './orders.ts'
import { type TestHub, testHub } from './test-hub.ts'

export interface Call {
  readonly operation: Operation
  readonly element: ElementContext
}

export interface ParticipantWorld {
  readonly clock: ManualClock
  readonly hub: TestHub
  readonly participant: Participant
  /** What the listener was called for, `instantiate e-1`, and in TEST mode `TEST instantiate e-1`. */
  readonly calls: string[]
  readonly contexts: ElementContext[]
  /** What the listener does beside noting the call. */
  perform: (call: Call) => string | void | Promise<string | void>
  /** Delivers and lets everything happen that needs no time. */
  order(order: Order): Promise<ElementResult[]>
  /** Lets time pass, and everything happen that comes due. */
  pass(ms: number): Promise<void>
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>
}

export interface WorldOptions extends Partial<Omit<ParticipantParts, 'config' | 'link' | 'clock'>> {
  readonly config?: Partial<ParticipantConfig>
  /** Default: the sample definition is known. */
  readonly isDefined?: boolean
  readonly hub?: TestHub
}

const TURNS = 6

export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export const participantWorld = async (options: WorldOptions = {}): Promise<ParticipantWorld> => {
  const { isDefined = true, hub = testHub(), config, listener, ...more } = options
  const clock = new ManualClock(1_700_000_000_000)
  const calls: string[] = []
  const contexts: ElementContext[] = []
  const perform = (operation: Operation) => (element: ElementContext) => {
    calls.push(
      `${element.mode === 'TEST' ? 'TEST ' : ''}${operation} ${Number.parseInt(element.elementId.slice(24), 16)}`,
    )
    contexts.push(element)
    return world.perform({ operation, element })
  }
  const noting: ElementListener = {
    instantiate: perform('instantiate'),
    run: perform('run'),
    passivate: perform('passivate'),
    uninstantiate: perform('uninstantiate'),
  }
  const identity = more.identity ?? IDENTITY
  let ids = 0
  const participant = startParticipant({
    identity,
    listener: listener ?? noting,
    link: hub.connect(identity),
    clock,
    newId: () => `id-${++ids}`,
    random: seeded(1),
    config: { ...config },
    ...more,
  })
  const world: ParticipantWorld = {
    clock,
    hub,
    participant,
    calls,
    contexts,
    perform: () => undefined,
    order: async (order) => {
      hub.deliver(order)
      await settled()
      return hub.resultsOf(order)
    },
    pass: async (ms) => {
      await settled()
      const untilMs = clock.now() + ms
      // In small steps, so that what one event starts can have its own timers on the way.
      while (clock.now() < untilMs) {
        clock.advance(Math.min(Math.max(1, ms / 50), untilMs - clock.now()))
        await settled()
      }
    },
    settle: settled,
  }
  await settled()
  if (isDefined) await world.order(define(undefined, { identity }))
  hub.reports.length = 0
  return world
}
