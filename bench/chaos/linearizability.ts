/**
 * Is a history of operations on one object one that a single copy of it could have given, each operation taking effect
 * at one moment between its call and its answer? After Lowe's just-in-time linearization: events are taken in the order of
 * time, and with them the set of all configurations the object may be in. Exact: it answers neither way wrongly.
 *
 * An operation without an answer may take effect at any time after its call, or never. Such operations that do the same
 * are interchangeable, so a configuration holds how many of them have taken effect, not which: without that, each
 * would double the configurations for the rest of the history.
 */

export interface Operation<Input, Output> {
  readonly input: Input
  /** Any clock that only rises, the same for all operations. */
  readonly invokedAt: number
  /** Absent: it got no answer, and what became of it is unknown. No `output`: it had taken effect by then, that is all. */
  readonly answer?: { readonly at: number; readonly output?: Output }
}

export interface Model<State, Input, Output> {
  readonly initial: State
  /** The state after the operation, or undefined if it can't have answered this in this state. No `output`: unknown. */
  step(state: State, input: Input, output: Output | undefined): State | undefined
  /** False if the operation can't answer this any more, whatever happens from this state on. Absent: always true. */
  canYetAnswer?(state: State, input: Input, output: Output): boolean
  /** Equal for equal states. */
  stateKey(state: State): string
  /** Equal for operations that do the same. */
  inputKey(input: Input): string
}

export type Verdict<State, Input, Output> =
  | { readonly type: 'linearizable'; readonly finalStates: readonly State[] }
  | {
      readonly type: 'violation'
      /** The first answer that no order of the operations explains. */
      readonly operation: Operation<Input, Output>
      /** Since the last moment before it at which nothing was under way, in the order of their calls. */
      readonly around: readonly Operation<Input, Output>[]
      /** What the object may have been at that moment. */
      readonly statesBefore: readonly State[]
    }
  /** More configurations than are held: nothing is known. */
  | { readonly type: 'undecided'; readonly operation: Operation<Input, Output> }

interface Configuration<State> {
  readonly state: State
  /** Bits of the slots whose operations have taken effect before they were answered. */
  readonly done: number
  /** Per class of unanswered operations: how many have taken effect. */
  readonly used: readonly number[]
}

interface Limits {
  readonly configurationsMax: number
}

/** Operations with an answer that are under way at the same time, at most: the bits of a number. */
export const IN_FLIGHT_MAX = 30

export const checkLinearizable = <State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  limits: Limits = { configurationsMax: 100_000 },
): Verdict<State, Input, Output> => {
  type Op = Operation<Input, Output>
  const slots: (Op | undefined)[] = []
  const slotOf = new Map<Op, number>()
  /** Unanswered operations by what they do: one that stands for all, and how many there are so far. */
  const classes: { readonly input: Input; called: number }[] = []
  const classOf = new Map<string, number>()
  const keyOf = ({ state, done, used }: Configuration<State>): string =>
    `${done}|${used.join()}|${model.stateKey(state)}`

  let configurations: Configuration<State>[] = [{ state: model.initial, done: 0, used: [] }]
  let around: Op[] = []
  let statesBefore: State[] = [model.initial]

  /** Some operation under way will have answered what it can't from here: no use in going on. */
  const isDoomed = ({ state, done }: Configuration<State>): boolean =>
    slots.some((op, index) => {
      if (op?.answer?.output === undefined || (done & (1 << index)) !== 0) return false
      return model.canYetAnswer?.(state, op.input, op.answer.output) === false
    })

  /** All that the configurations can become by operations under way that take effect now, the answered one last. */
  const answered = (slot: number, into: Map<string, Configuration<State>>): boolean => {
    const bit = 1 << slot
    const seen = new Map<string, Configuration<State>>()
    const open = [...configurations]
    for (const start of open) seen.set(keyOf(start), start)
    const visit = (next: Configuration<State>): void => {
      const key = keyOf(next)
      if (seen.has(key) || isDoomed(next)) return
      seen.set(key, next)
      open.push(next)
    }
    for (let from = open.pop(); from !== undefined; from = open.pop()) {
      if (seen.size > limits.configurationsMax) return false
      if ((from.done & bit) !== 0) {
        const after = { ...from, done: from.done & ~bit }
        into.set(keyOf(after), after)
        continue
      }
      for (const [index, op] of slots.entries()) {
        if (op === undefined || (from.done & (1 << index)) !== 0) continue
        const state = model.step(from.state, op.input, op.answer?.output)
        if (state !== undefined) visit({ state, done: from.done | (1 << index), used: from.used })
      }
      for (const [index, { input, called }] of classes.entries()) {
        const used = from.used[index] ?? 0
        if (used >= called) continue
        const state = model.step(from.state, input, undefined)
        // One that changes nothing need not have happened.
        if (state === undefined || model.stateKey(state) === model.stateKey(from.state)) continue
        visit({ state, done: from.done, used: replaced(from.used, index, used + 1) })
      }
    }
    return true
  }

  for (const { op, isAnswer } of eventsOf(history)) {
    if (!isAnswer) {
      if (op.answer === undefined) {
        const key = model.inputKey(op.input)
        const index = classOf.get(key) ?? classes.push({ input: op.input, called: 0 }) - 1
        classOf.set(key, index)
        const known = classes[index]
        if (known) known.called++
        around.push(op)
        continue
      }
      if (slotOf.size === 0) {
        around = around.filter(({ answer }) => answer === undefined)
        statesBefore = distinct(
          configurations.map(({ state }) => state),
          model,
        )
      }
      around.push(op)
      const free = slots.indexOf(undefined)
      const slot = free >= 0 ? free : slots.length
      if (slot >= IN_FLIGHT_MAX) return { type: 'undecided', operation: op }
      slots[slot] = op
      slotOf.set(op, slot)
      continue
    }
    const slot = slotOf.get(op) ?? 0
    const after = new Map<string, Configuration<State>>()
    if (!answered(slot, after)) return { type: 'undecided', operation: op }
    if (after.size === 0) return { type: 'violation', operation: op, around, statesBefore }
    configurations = [...after.values()]
    slots[slot] = undefined
    slotOf.delete(op)
  }
  return {
    type: 'linearizable',
    finalStates: distinct(
      configurations.map(({ state }) => state),
      model,
    ),
  }
}

/** Calls and answers in the order of time; at the same time calls first: operations that touch may overlap. */
const eventsOf = <Input, Output>(history: readonly Operation<Input, Output>[]) =>
  history
    .flatMap((op) => [
      { op, at: op.invokedAt, isAnswer: false },
      ...(op.answer ? [{ op, at: op.answer.at, isAnswer: true }] : []),
    ])
    .sort((a, b) => a.at - b.at || Number(a.isAnswer) - Number(b.isAnswer))

const replaced = (counts: readonly number[], index: number, count: number): readonly number[] =>
  Array.from({ length: Math.max(counts.length, index + 1) }, (_, at) => (at === index ? count : (counts[at] ?? 0)))

const distinct = <State>(states: readonly State[], model: { stateKey(state: State): string }): State[] => [
  ...new Map(states.map((state) => [model.stateKey(state), state])).values(),
]
