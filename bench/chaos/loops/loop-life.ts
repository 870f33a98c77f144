/** What one client does, over and over: makes a loop, orders it up and down, sometimes changes its mind, and deletes it. */
import { ENDS } from '../../../actors/control-loop/transition-table.ts'
import { type OrderedState, TRANSITIONS } from '../../../participants/protocol/states.ts'
import { type LoopClient, type LoopOrder, type LoopRecord, titleOf } from './loop-client.ts'

export interface LoopLifeOptions {
  readonly client: LoopClient
  readonly random: () => number
  readonly isOver: () => boolean
  /** Each loop, as soon as it is there. */
  readonly onLoop: (loop: LoopRecord) => void
  /** What must not be, in words. */
  readonly onViolation: (text: string) => void
}

const UP_AND_DOWN: readonly OrderedState[] = ['PASSIVE', 'RUNNING', 'PASSIVE', 'UNINITIALISED']
const TURN_BACK_CHANCE = 0.15
const LONGEST_WAY_MS = 600
const LOOK_EVERY_MS = 100
/** After so long a loop has to be where it was ordered, or to say who holds it up. A few faults in a row take as long. */
const SILENT_MS = 60_000
/** So long a store that has lost its last second may show what was ordered before. */
const BEHIND_MS = 30_000
const PATIENCE_MS = 240_000

export const loopLife = async (options: LoopLifeOptions): Promise<void> => {
  while (!options.isOver()) {
    const loop = await options.client.create()
    options.onLoop(loop)
    if (await upAndDown(loop, options)) await options.client.delete(loop)
  }
}

/** @returns false if it is left as it is */
const upAndDown = async (loop: LoopRecord, options: LoopLifeOptions): Promise<boolean> => {
  const { client, random, isOver } = options
  for (const wanted of UP_AND_DOWN) {
    // In the end some loops are RUNNING, some PASSIVE, and so on.
    if (isOver()) return false
    const order = await client.order(loop, wanted)
    const seen = random() < TURN_BACK_CHANCE ? turnBackAndOn : reached
    if (!(await seen(loop, order, options))) return false
  }
  return true
}

/** Back while it is on its way, if it still is, and then on again. */
const turnBackAndOn = async (loop: LoopRecord, order: LoopOrder, options: LoopLifeOptions): Promise<boolean> => {
  const { client, random } = options
  await pass(random() * LONGEST_WAY_MS)
  const state = (await client.show(loop.id))?.state
  const way = TRANSITIONS.find((each) => each === state && ENDS[each].to === order.orderedState)
  if (!way) return reached(loop, order, options)
  // If it has arrived meanwhile, it can go back as well.
  const back = await client.order(loop, ENDS[way].from)
  return (await reached(loop, back, options)) && reached(loop, await client.order(loop, order.orderedState), options)
}

/** Waits until it is where it was ordered. */
const reached = async (loop: LoopRecord, order: LoopOrder, options: LoopLifeOptions): Promise<boolean> => {
  const { client, onViolation } = options
  const beganMs = performance.now()
  let [strayMs, silentMs] = [beganMs, beganMs]
  for (;;) {
    const shown = await client.show(loop.id)
    const nowMs = performance.now()
    if (shown?.orderedState === order.orderedState) strayMs = nowMs
    if (shown?.orderedState === order.orderedState && shown.state === order.orderedState) {
      order.reachedMs = nowMs
      return true
    }
    if (shown?.alarm) silentMs = nowMs
    const wrong = `${titleOf(loop)}, ordered ${order.orderedState} (${order.key}, accepted)`
    const now = shown ? `${shown.state}, ordered ${shown.orderedState}` : 'not there'
    if (nowMs - strayMs > BEHIND_MS) onViolation(`${wrong}, is ${now}: nobody ordered that`)
    else if (nowMs - silentMs > SILENT_MS) onViolation(`${wrong}, is ${now}, and no alarm says who holds it up`)
    else if (nowMs - beganMs > PATIENCE_MS) onViolation(`${wrong}, is ${now}: ${shown?.alarm?.problem}`)
    else {
      await pass(LOOK_EVERY_MS)
      continue
    }
    return false
  }
}

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
