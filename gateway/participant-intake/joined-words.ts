/**
 * What participants of a control loop say of its elements at the same time, the loop is told in one message: their answers to one
 * order come close together, and each message costs the loop's node a record and a step.
 */
import { CONTROL_LOOP } from '../../actors/addresses.ts'
import type { LoopCommand } from '../../actors/control-loop/protocol.ts'
import type { RuntimeClient, SendOptions } from '../../runtime/client.ts'
import { type EntityRef, refText, type Tagged } from '../../runtime/entity.ts'

type Changed = Extract<LoopCommand, { type: 'elements-changed' }>
type Tell = RuntimeClient['tell']

/** Elements in one message of several words: as many messages of participants as may be, it stays far below what a record may hold. */
const RESULTS_MAX = 64

interface Gathered {
  readonly to: EntityRef
  readonly options: SendOptions
  readonly words: Changed[]
  results: number
  readonly told: PromiseWithResolvers<void>
}

/** A `tell` that joins what is said within one turn of the event loop. What is said to an entity stays in its order. */
export const joinedWords = (tell: Tell): Tell => {
  const gathered = new Map<string, Gathered>()

  const sayNow = (key: string): void => {
    const open = gathered.get(key)
    if (!open) return
    gathered.delete(key)
    const { to, options, words, told } = open
    const [only] = words
    const several: LoopCommand = { type: 'several-changed', words }
    tell(to, words.length === 1 && only ? only : several, options).then(told.resolve, told.reject)
  }
  const sayAll = (): void => {
    for (const key of [...gathered.keys()]) sayNow(key)
  }

  return (to, message, options) => {
    if (to.kind !== CONTROL_LOOP) return tell(to, message, options)
    const key = refText(to)
    const word = changedOf(message)
    const results = word?.results.length ?? 0
    const open = gathered.get(key)
    if (open && (!word || open.results + results > RESULTS_MAX)) sayNow(key)
    if (!word) return tell(to, message, options)
    const joined = gathered.get(key)
    if (joined) {
      joined.words.push(word)
      joined.results += results
      return joined.told.promise
    }
    const told = Promise.withResolvers<void>()
    if (gathered.size === 0) setImmediate(sayAll)
    gathered.set(key, { to, options, words: [word], results, told })
    return told.promise
  }
}

const changedOf = (message: Tagged): Changed | undefined =>
  message.type === 'elements-changed' ? (message as Changed) : undefined
