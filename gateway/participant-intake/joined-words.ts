/**
 * What participants of a control loop say of its elements at the same time, the loop is told in one message: their answers to one
 * order come close together, and each message costs the loop's node a record and a step.
 */
import { CONTROL_LOOP } from '../../actors/addresses.ts'
import type { LoopCommand } from '../../actors/control-loop/protocol.ts'
import type { RuntimeClient, SendOptions } from '../../runtime/client.ts'
import { type EntityRef, refText, type Tagged } from '../../runtime/entity.ts'
import { isHopeless } from '../../runtime/fault.ts'

type Changed = Extract<LoopCommand, { type: 'elements-changed' }>
type Tell = RuntimeClient['tell']

/** In one message of several words, each counting as many elements as it has, or as one. Mostly far below what a record may hold. */
const WEIGHT_MAX = 64

interface Said {
  readonly word: Changed
  readonly told: PromiseWithResolvers<void>
}

interface Gathered {
  readonly to: EntityRef
  readonly options: SendOptions
  readonly said: Said[]
  weight: number
}

/** A `tell` that joins what is said within one turn of the event loop. What is said to an entity stays in its order. */
export const joinedWords = (tell: Tell): Tell => {
  const gathered = new Map<string, Gathered>()

  const sayAlone = ({ to, options, said }: Gathered): void => {
    for (const { word, told } of said) tell(to, word, options).then(told.resolve, told.reject)
  }
  const sayTogether = (open: Gathered): void => {
    const { to, options, said } = open
    const several: LoopCommand = { type: 'several-changed', words: said.map(({ word }) => word) }
    tell(to, several, options).then(
      () => {
        for (const { told } of said) told.resolve()
      },
      (error: unknown) => {
        // No participant's word may be lost for what another's is like, or for the size of both.
        if (isHopeless(error)) return sayAlone(open)
        for (const { told } of said) told.reject(error)
      },
    )
  }
  const sayNow = (key: string, open: Gathered): void => {
    gathered.delete(key)
    if (open.said.length === 1) sayAlone(open)
    else sayTogether(open)
  }
  const sayAll = (): void => {
    for (const [key, open] of [...gathered]) sayNow(key, open)
  }

  return (to, message, options) => {
    if (to.kind !== CONTROL_LOOP) return tell(to, message, options)
    const key = refText(to)
    const word = changedOf(message)
    const weight = Math.max(1, word?.results.length ?? 0)
    let open = gathered.get(key)
    if (open && (!word || open.weight + weight > WEIGHT_MAX)) {
      sayNow(key, open)
      open = undefined
    }
    if (!word) return tell(to, message, options)
    if (!open) {
      if (gathered.size === 0) setImmediate(sayAll)
      gathered.set(key, (open = { to, options, said: [], weight: 0 }))
    }
    const told = Promise.withResolvers<void>()
    open.said.push({ word, told })
    open.weight += weight
    return told.promise
  }
}

const changedOf = (message: Tagged): Changed | undefined =>
  message.type === 'elements-changed' ? (message as Changed) : undefined
