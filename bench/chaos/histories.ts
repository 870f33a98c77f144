/** Checks the histories of many keys, and shows of each that no single copy could have given the part that says so. */
import { checkLinearizable, type Model, type Operation } from './linearizability.ts'

export interface HistoryViolation {
  readonly title: string
  /** The operations around it, one a line, oldest first. */
  readonly evidence: readonly string[]
}

const OPERATIONS_SHOWN = 30

export const historiesVerdict = <State, Input, Output>(
  model: Model<State, Input, Output>,
  histories: readonly (readonly [name: string, history: readonly Operation<Input, Output>[]])[],
): readonly HistoryViolation[] =>
  histories.flatMap(([name, history]): readonly HistoryViolation[] => {
    const verdict = checkLinearizable(model, history)
    switch (verdict.type) {
      case 'linearizable':
        return []
      case 'undecided':
        return [
          {
            title: `${name}: too much at the same time to be judged`,
            evidence: [operationText(verdict.operation)],
          },
        ]
      case 'violation': {
        const around = verdict.around.toSorted((a, b) => a.invokedAt - b.invokedAt).slice(-OPERATIONS_SHOWN)
        return [
          {
            title: `${name} is not linearizable: ${operationText(verdict.operation)}`,
            evidence: [
              `before: ${verdict.statesBefore.map((state) => JSON.stringify(state)).join(' or ')}`,
              ...around.map(
                (each) => `${operationText(each)}${each === verdict.operation ? '   <- nothing explains this' : ''}`,
              ),
            ],
          },
        ]
      }
    }
  })

const operationText = <Input, Output>({ input, invokedAt, answer }: Operation<Input, Output>): string => {
  const times = `${invokedAt.toFixed(1)} to ${answer ? answer.at.toFixed(1) : 'unknown'} ms`
  return `${JSON.stringify(input)} -> ${answer ? JSON.stringify(answer.output ?? 'done') : '?'} (${times})`
}
