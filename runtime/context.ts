/** The context of a message: time, ids and randomness that are the same whenever the message is handled. */
import { hash } from 'node:crypto'
import type { Context, EntityRef } from './entity.ts'
import { type Message, messageId } from './message.ts'
import { placedId } from './placement.ts'

export const contextOf = (message: Message, self: EntityRef, placement: number): Context => {
  const id = messageId(message)
  let draws = 0
  const draw = (): string => hash('sha256', `${id}\n${self.kind}/${self.id}\n${draws++}`)
  return {
    self,
    nowMs: message.atMs,
    messageId: id,
    sender: message.sender,
    trace: message.trace,
    newId: () => placedId(placement, draw().slice(0, 32)),
    // 52 bits, as many as a double holds exactly.
    random: () => Number.parseInt(draw().slice(0, 13), 16) / 2 ** 52,
  }
}
