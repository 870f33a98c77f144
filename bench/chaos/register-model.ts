/** A register of text, empty at first: it is read, written, and written if it holds what the writer expects. */
import type { Model, Operation } from './linearizability.ts'

export type RegisterInput =
  | { readonly type: 'read' }
  | { readonly type: 'write'; readonly value: string }
  | { readonly type: 'compare-and-set'; readonly expected: string; readonly value: string }

/** `value`: what the register held just before. `isSet`: whether the operation changed it. */
export interface RegisterOutput {
  readonly value: string
  readonly isSet: boolean
}

export type RegisterOperation = Operation<RegisterInput, RegisterOutput>

export const EMPTY = ''

export const registerModel: Model<string, RegisterInput, RegisterOutput> = {
  initial: EMPTY,
  step: (value, input, output) => {
    const isSet = input.type === 'write' || (input.type === 'compare-and-set' && input.expected === value)
    if (output !== undefined && (output.value !== value || output.isSet !== isSet)) return undefined
    return isSet ? input.value : value
  },
  stateKey: (value) => value,
  inputKey: (input) => JSON.stringify(input),
}

/**
 * Takes the doubt out of operations without an answer, for histories in which each value is written by one operation at
 * most: a value that somebody saw was written, before the first that saw it was answered; and whether one that nobody
 * saw was written makes no difference, since every answer names the value it was decided on. So the history is
 * linearizable if and only if the one that comes out is, and that one has no unanswered operations.
 */
export const withoutDoubt = (history: readonly RegisterOperation[]): readonly RegisterOperation[] => {
  const known: RegisterOperation[] = history.filter(({ answer }) => answer !== undefined)
  const doubtful = new Map<string, RegisterOperation>()
  for (const operation of history)
    if (operation.answer === undefined && operation.input.type !== 'read')
      doubtful.set(operation.input.value, operation)
  /** When each value was seen first, as far as is known; an answer that saw it is the latest that it was written. */
  const seenAt = new Map<string, number>()
  const see = (value: string, at: number): void => void seenAt.set(value, Math.min(at, seenAt.get(value) ?? Infinity))
  for (const { answer } of known) if (answer?.output) see(answer.output.value, answer.at)
  // A doubtful compare-and-set that was seen has itself seen what it expected: repeat until nothing new is known.
  for (let isNew = true; isNew;) {
    isNew = false
    for (const { input } of doubtful.values()) {
      if (input.type !== 'compare-and-set') continue
      const at = seenAt.get(input.value)
      if (at === undefined || at >= (seenAt.get(input.expected) ?? Infinity)) continue
      see(input.expected, at)
      isNew = true
    }
  }
  for (const [value, { input, invokedAt }] of doubtful) {
    const at = seenAt.get(value)
    if (at === undefined) continue
    // Seen before it was called: kept as it is impossible, for the checker to say so.
    const answeredAt = Math.max(at, invokedAt)
    if (input.type === 'compare-and-set')
      known.push({ input, invokedAt, answer: { output: { value: input.expected, isSet: true }, at: answeredAt } })
    else if (input.type === 'write') known.push({ input, invokedAt, answer: { at: answeredAt } })
  }
  return known
}
