/** A counter that only rises, and answers each addition with its new value and reads with its value. */
import type { Model } from './linearizability.ts'

export type CounterInput = { readonly type: 'add'; readonly amount: number } | { readonly type: 'read' }

export const counterModel: Model<number, CounterInput, number> = {
  initial: 0,
  step: (value, input, output) => {
    const after = input.type === 'add' ? value + input.amount : value
    return output === undefined || output === after ? after : undefined
  },
  canYetAnswer: (value, input, output) => output >= (input.type === 'add' ? value + input.amount : value),
  stateKey: String,
  inputKey: (input) => (input.type === 'add' ? `add ${input.amount}` : 'read'),
}
