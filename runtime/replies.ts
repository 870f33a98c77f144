/**
 * Replies: volatile, from the node that handled a message to the node whose edge waits for it. A reply that gets lost
 * costs its asker a deadline, nothing else: the durable truth is in the entities.
 */
import type { Reply } from './entity.ts'
import { type FaultCode, RuntimeFault } from './fault.ts'
import type { ReplyAddress } from './message.ts'
import type { Clock } from './ports.ts'

/** A reply, or the fault that sent the message to the dead letters. */
export type Answer = Reply | { readonly fault: { readonly code: FaultCode; readonly message: string } }

/** Carries answers between nodes, which may be in other processes. May lose them. */
export interface ReplyTransport {
  /** Never throws and never waits: what can't be sent is lost. */
  send(to: ReplyAddress, answer: Answer): void
  /** One listener per node. */
  listen(node: string, onAnswer: (correlation: number, answer: Answer) => void): () => void
}

/** All nodes in one process. */
export const localReplies = (): ReplyTransport => {
  const listeners = new Map<string, (correlation: number, answer: Answer) => void>()
  return {
    send: (to, answer) => listeners.get(to.node)?.(to.correlation, answer),
    listen: (node, onAnswer) => {
      listeners.set(node, onAnswer)
      return () => listeners.delete(node)
    },
  }
}

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (fault: RuntimeFault) => void
  readonly cancelDeadline: () => void
}

/** The asks of one node that wait for their answers. */
export class PendingAsks {
  readonly #waiting = new Map<number, Waiting>()
  readonly #clock: Clock
  readonly #inFlightMax: number
  #next = 1

  constructor(clock: Clock, inFlightMax: number) {
    this.#clock = clock
    this.#inFlightMax = inFlightMax
  }

  get size(): number {
    return this.#waiting.size
  }

  /** @throws {RuntimeFault} `overloaded` */
  open(address: string, deadlineMs: number): { readonly correlation: number; readonly reply: Promise<Reply> } {
    if (this.#waiting.size >= this.#inFlightMax)
      throw new RuntimeFault('overloaded', `${this.#inFlightMax} requests are waiting for their replies`, { address })
    const correlation = this.#next++
    const reply = new Promise<Reply>((resolve, reject) => {
      const cancelDeadline = this.#clock.schedule(deadlineMs, () =>
        this.fail(
          correlation,
          new RuntimeFault('deadline-exceeded', `no reply from ${address} within ${deadlineMs} ms`, { address }),
        ),
      )
      this.#waiting.set(correlation, { resolve, reject, cancelDeadline })
    })
    return { correlation, reply }
  }

  settle(correlation: number, answer: Answer): void {
    if ('fault' in answer) return this.fail(correlation, new RuntimeFault(answer.fault.code, answer.fault.message))
    this.#take(correlation)?.resolve(answer)
  }

  fail(correlation: number, fault: RuntimeFault): void {
    this.#take(correlation)?.reject(fault)
  }

  failAll(fault: RuntimeFault): void {
    for (const correlation of [...this.#waiting.keys()]) this.fail(correlation, fault)
  }

  #take(correlation: number): Waiting | undefined {
    const waiting = this.#waiting.get(correlation)
    waiting?.cancelDeadline()
    this.#waiting.delete(correlation)
    return waiting
  }
}
