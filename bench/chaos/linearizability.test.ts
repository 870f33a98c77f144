import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CounterInput, counterModel } from './counter-model.ts'
import { checkLinearizable, type Model, type Operation } from './linearizability.ts'
import { type RegisterInput, registerModel, type RegisterOperation, type RegisterOutput } from './register-model.ts'
import { withoutDoubt } from './register-model.ts'

type Counted = Operation<CounterInput, number>
const add = (invokedAt: number, at?: number, output?: number): Counted => ({
  input: { type: 'add', amount: 1 },
  invokedAt,
  ...(at === undefined || output === undefined ? {} : { answer: { at, output } }),
})
const read = (invokedAt: number, at: number, output: number): Counted => ({
  input: { type: 'read' },
  invokedAt,
  answer: { at, output },
})
const judged = (history: readonly Counted[]): string => checkLinearizable(counterModel, history).type

describe('a history of a counter', () => {
  it('is linearizable when the answers are those of one copy', () => {
    expect(judged([])).toBe('linearizable')
    expect(judged([add(0, 1, 1), read(2, 3, 1), add(4, 5, 2)])).toBe('linearizable')
  })

  it('may have answered operations that overlap in either order', () => {
    expect(judged([add(0, 10, 2), add(1, 9, 1)])).toBe('linearizable')
    expect(judged([add(0, 10, 1), read(1, 9, 0), read(2, 8, 1)])).toBe('linearizable')
  })

  it('is not when an answered addition is lost, done twice, or seen too early', () => {
    expect(judged([add(0, 1, 1), read(2, 3, 0)])).toBe('violation')
    expect(judged([add(0, 1, 1), read(2, 3, 2)])).toBe('violation')
    expect(judged([read(0, 1, 1), add(2, 3, 1)])).toBe('violation')
    expect(judged([add(0, 10, 1), read(1, 2, 1), read(3, 4, 0)])).toBe('violation')
  })

  it('leaves open whether and when something without an answer was done', () => {
    expect(judged([add(0), read(5, 6, 0)])).toBe('linearizable')
    expect(judged([add(0), read(5, 6, 1)])).toBe('linearizable')
    expect(judged([add(0), read(5, 6, 0), read(7, 8, 1)])).toBe('linearizable')
    expect(judged([add(0), read(5, 6, 1), read(7, 8, 0)])).toBe('violation')
    expect(judged([add(0), read(5, 6, 2)])).toBe('violation')
  })

  it('names the answer that nothing explains, and what it could have been', () => {
    const late = read(6, 7, 1)
    const verdict = checkLinearizable(counterModel, [add(0, 1, 1), add(2, 3, 2), read(4, 5, 2), late])
    expect(verdict).toEqual({ type: 'violation', operation: late, around: [late], statesBefore: [2] })
  })
})

describe('a long history', () => {
  it('with many operations that have no answer is judged in a moment', () => {
    const { history } = lived(counterModel, 20_000, 4, 7, countedInput)
    const answered = history.filter(({ answer }) => answer !== undefined).length
    expect(answered).toBeLessThan(20_000 * 0.995)
    const startedMs = performance.now()
    expect(judged(history)).toBe('linearizable')
    expect(performance.now() - startedMs).toBeLessThan(10_000)
  })
})

/** Numbers in [0, 1) from a seed; enough for a test's history. */
const chance = (seed: number): (() => number) => {
  let state = seed
  return () => (state = (state * 48_271 + 11) % 2_147_483_647) / 2_147_483_647
}

const countedInput = (random: () => number): CounterInput =>
  random() < 0.6 ? { type: 'add', amount: 1 } : { type: 'read' }

/** A value of its own with each write. */
const registerInputs = (): ((random: () => number, last: string) => RegisterInput) => {
  let number = 0
  return (random, last) => {
    const drawn = random()
    if (drawn < 0.3) return { type: 'read' }
    const value = `v${++number}`
    if (drawn < 0.6) return { type: 'write', value }
    return { type: 'compare-and-set', expected: last, value }
  }
}

/** What clients see of one copy that takes its time: the history of `count` operations by `clients` at once. */
const lived = <State, Input, Output>(
  model: Model<State, Input, Output> & { answerOf?: (state: State, input: Input) => Output },
  count: number,
  clients: number,
  seed: number,
  inputOf: (random: () => number, last: string) => Input,
  answerOf: (state: State, input: Input) => Output = (state, input) =>
    model.step(state, input, undefined) as unknown as Output,
): { readonly history: readonly Operation<Input, Output>[]; readonly end: State } => {
  const random = chance(seed + 1)
  const drafts: { input: Input; invokedAt: number; effectAt: number; at: number; isAnswered: boolean }[] = []
  const freeAt = Array.from({ length: clients }, () => 0)
  for (let number = 0; number < count; number++) {
    const client = number % clients
    const invokedAt = (freeAt[client] ?? 0) + Math.floor(random() * 5)
    const isAnswered = random() > 0.01
    const effectAt = invokedAt + random() * (isAnswered ? 10 : 200)
    const at = effectAt + random() * 10
    freeAt[client] = isAnswered ? at : invokedAt + 20
    drafts.push({ input: inputOf(random, `v${Math.max(0, number - 3)}`), invokedAt, effectAt, at, isAnswered })
  }
  let state = model.initial
  const history: Operation<Input, Output>[] = []
  for (const { input, invokedAt, at, isAnswered } of drafts.toSorted((a, b) => a.effectAt - b.effectAt)) {
    const isDone = isAnswered || random() < 0.5
    const output = answerOf(state, input)
    if (isDone) state = model.step(state, input, output) ?? state
    history.push({ input, invokedAt, ...(isAnswered ? { answer: { at, output } } : {}) })
  }
  return { history, end: state }
}

const registerAnswer = (value: string, input: RegisterInput): RegisterOutput => ({
  value,
  isSet: input.type === 'write' || (input.type === 'compare-and-set' && input.expected === value),
})

/** By definition: some order of some of the unanswered and all others, which keeps the order of time. */
const byForce = <State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): boolean => {
  const search = (state: State, left: readonly Operation<Input, Output>[]): boolean => {
    if (left.every(({ answer }) => answer === undefined)) return true
    const firstAnswer = Math.min(...left.map(({ answer }) => answer?.at ?? Infinity))
    return left.some((op) => {
      if (op.invokedAt > firstAnswer) return false
      const after = model.step(state, op.input, op.answer?.output)
      return (
        after !== undefined &&
        search(
          after,
          left.filter((other) => other !== op),
        )
      )
    })
  }
  return search(model.initial, history)
}

const instants = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 6 }))

describe('the checker', () => {
  it('agrees with trying every order, on counters', () => {
    const operation = fc.record({ instants, isRead: fc.boolean(), output: fc.option(fc.integer({ min: 0, max: 4 })) })
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 7 }), (drawn) => {
        const history = drawn.map(({ instants: [invokedAt, takes], isRead, output }): Counted => ({
          input: isRead ? { type: 'read' } : { type: 'add', amount: 1 },
          invokedAt,
          ...(output === null ? {} : { answer: { at: invokedAt + takes, output } }),
        }))
        expect(judged(history)).toBe(byForce(counterModel, history) ? 'linearizable' : 'violation')
      }),
      { numRuns: 2_000 },
    )
  })

  it('agrees with trying every order, on registers, with and without doubts taken out', () => {
    const output = fc.record({ value: fc.constantFrom('', 'v0', 'v1', 'v2', 'v3'), isSet: fc.boolean() })
    const kind = fc.constantFrom('read', 'write', 'compare-and-set')
    const expected = fc.constantFrom('', 'v0', 'v1', 'v2', 'v3')
    const operation = fc.record({ instants, kind, expected, output: fc.option(output, { freq: 2 }) })
    let linearizable = 0
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 5 }), (drawn) => {
        const history = drawn.map(
          ({ instants: [invokedAt, takes], kind, expected, output }, index): RegisterOperation => ({
            input:
              kind === 'read'
                ? { type: kind }
                : kind === 'write'
                  ? { type: kind, value: `v${index}` }
                  : { type: kind, expected, value: `v${index}` },
            invokedAt,
            ...(output === null ? {} : { answer: { at: invokedAt + takes, output } }),
          }),
        )
        const isSo = byForce(registerModel, history)
        if (isSo) linearizable++
        const verdict = isSo ? 'linearizable' : 'violation'
        expect(checkLinearizable(registerModel, history).type).toBe(verdict)
        expect(checkLinearizable(registerModel, withoutDoubt(history)).type).toBe(verdict)
      }),
      { numRuns: 5_000 },
    )
    expect(linearizable).toBeGreaterThan(300)
  })

  it('accepts whatever one copy answers, and knows in the end what it holds', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 8 }), (seed, clients) => {
        const counter = lived(counterModel, 200, clients, seed, countedInput)
        const counted = checkLinearizable(counterModel, counter.history)
        expect(counted.type).toBe('linearizable')
        const register = lived(registerModel, 200, clients, seed, registerInputs(), registerAnswer)
        const held = checkLinearizable(registerModel, withoutDoubt(register.history))
        expect(held.type).toBe('linearizable')
      }),
      { numRuns: 200 },
    )
  })

  it('refuses most histories of which one answer was changed', () => {
    let [changed, refused] = [0, 0]
    for (let seed = 0; seed < 300; seed++) {
      const { history } = lived(registerModel, 120, 4, seed, registerInputs(), registerAnswer)
      const at = seed % history.length
      const answer = history[at]?.answer
      if (!answer?.output) continue
      const value = `v${Number(answer.output.value.slice(1)) - 1}`
      const mutated = history.with(at, {
        ...(history[at] as RegisterOperation),
        answer: { ...answer, output: { ...answer.output, value } },
      })
      changed++
      if (checkLinearizable(registerModel, withoutDoubt(mutated)).type === 'violation') refused++
    }
    expect(changed).toBeGreaterThan(200)
    expect(refused / changed).toBeGreaterThan(0.9)
  })
})
