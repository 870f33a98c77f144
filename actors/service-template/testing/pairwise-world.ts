/**
 * Entities that speak to each other, and nothing else: messages of one pair arrive in the order in which they were sent, those of
 * different pairs in whichever order is chosen. So every order that the runtime could bring about can be tried.
 */
import { decode, encode } from '../../../runtime/codec.ts'
import { contextOf } from '../../../runtime/context.ts'
import type { AnyEntityDefinition, EntityRef, Reply, Tagged } from '../../../runtime/entity.ts'
import { refText } from '../../../runtime/entity.ts'
import { handle } from '../../../runtime/handling.ts'
import type { Message } from '../../../runtime/message.ts'

interface Sent {
  readonly to: EntityRef
  readonly sender: string
  readonly body: Tagged
  /** The asker that waits for the reply. */
  readonly asker: number | undefined
}

/** Messages handled before the test is told that this never ends. */
const MESSAGES_MAX = 100_000

export class PairwiseWorld {
  nowMs = 1_000
  /** By asker: its first reply. */
  readonly replies = new Map<number, Reply>()
  readonly #definitions: ReadonlyMap<string, AnyEntityDefinition>
  readonly #states = new Map<string, unknown>()
  readonly #pairs = new Map<string, Sent[]>()
  #askers = 0
  #messages = 0

  constructor(definitions: readonly AnyEntityDefinition[]) {
    this.#definitions = new Map(definitions.map((definition) => [definition.kind, definition]))
  }

  /** From somebody new outside, who waits for the reply. Answers who that is. */
  ask(to: EntityRef, body: Tagged): number {
    const asker = this.#askers++
    this.#send({ to, sender: `outside-${asker}`, body, asker })
    return asker
  }

  /** Hands over one message; `choice` picks the pair. False: there is none. */
  step(choice: number): boolean {
    const waiting = [...this.#pairs.values()].filter((queue) => queue.length > 0)
    const sent = waiting[choice % Math.max(1, waiting.length)]?.shift()
    if (sent) this.#handle(sent)
    return sent !== undefined
  }

  settle(): void {
    while (this.step(0));
  }

  state<State>(ref: EntityRef): State {
    return (this.#states.get(refText(ref)) ?? this.#definitions.get(ref.kind)?.initial(ref.id)) as State
  }

  #send(sent: Sent): void {
    const pair = `${sent.sender} ${refText(sent.to)}`
    const queue = this.#pairs.get(pair) ?? []
    queue.push({ ...sent, body: decode(encode(sent.body)) as Tagged })
    this.#pairs.set(pair, queue)
  }

  #handle({ to, sender, body, asker }: Sent): void {
    const definition = this.#definitions.get(to.kind)
    if (!definition) return
    const position = [++this.#messages, 0] as const
    if (this.#messages > MESSAGES_MAX) throw new Error(`${MESSAGES_MAX} messages, and no end`)
    const message: Message = { to, origin: 'test', position, atMs: this.nowMs++, sender, trace: '', body }
    const handled = handle(definition, this.state(to), body, contextOf(message, to, 0))
    this.#states.set(refText(to), handled.state)
    for (const effect of handled.effects)
      if (effect.type === 'tell')
        this.#send({
          to: effect.to,
          sender: refText(to),
          body: effect.message,
          asker: effect.forwardReply ? asker : undefined,
        })
    if (asker !== undefined && handled.reply && !this.replies.has(asker)) this.replies.set(asker, handled.reply)
  }
}
