/** Clients of registers and counters: what they ask is drawn from a seed, what they are answered is recorded. */
import type { RuntimeClient } from '../../runtime/client.ts'
import type { EntityRef, Tagged } from '../../runtime/entity.ts'
import { errorText, isFault } from '../../runtime/fault.ts'
import type { CounterInput } from './counter-model.ts'
import { counter } from './definitions.ts'
import type { Operation } from './linearizability.ts'
import type { Lull } from './lull.ts'
import { EMPTY, type RegisterInput, type RegisterOutput } from './register-model.ts'
import { register } from './register.ts'

/** By key. */
export type Histories<Input, Output> = Map<string, Operation<Input, Output>[]>

export interface RecordedClients {
  readonly registers: Histories<RegisterInput, RegisterOutput>
  readonly counters: Histories<CounterInput, number>
  /** Answers that no client may get. */
  readonly faults: readonly string[]
  /** Asked, without an answer in time: what became of it was unknown at that moment. */
  readonly unanswered: number
  /** One more operation, whatever it is; resolves when it is answered or given up. */
  next(epoch: number): Promise<void>
  /** Reads everything once more, patiently. */
  readAll(): Promise<void>
}

export interface RecordedOptions {
  readonly client: RuntimeClient
  readonly lull: Lull
  readonly random: () => number
  /** Keys of each kind in an epoch: few enough to be asked for at the same time, and new ones before they get long. */
  readonly keys: number
  readonly deadlineMs: number
}

const FAULTS_MAX = 50
const LAST_READ_DEADLINE_MS = 30_000

export const recordedClients = ({ client, lull, random, keys, deadlineMs }: RecordedOptions): RecordedClients => {
  const registers: Histories<RegisterInput, RegisterOutput> = new Map()
  const counters: Histories<CounterInput, number> = new Map()
  const latest = new Map<string, string>()
  const faults: string[] = []
  let [written, unanswered] = [0, 0]

  const record = async <Input extends Tagged, Output>(
    histories: Histories<Input, Output>,
    to: EntityRef,
    input: Input,
    patienceMs: number,
  ): Promise<Output | undefined> => {
    const invokedAt = performance.now()
    const add = (operation: Operation<Input, Output>): void => {
      const history = histories.get(to.id) ?? []
      histories.set(to.id, history)
      history.push(operation)
    }
    try {
      const reply = await client.ask<Output>(to, input, { sender: 'chaos', deadlineMs: patienceMs })
      if (!reply.ok) throw new Error(`refused: ${reply.rejection.reason}`)
      add({ input, invokedAt, answer: { at: performance.now(), output: reply.value } })
      return reply.value
    } catch (error) {
      // It wasn't sent: it never happened.
      if (isFault(error, 'overloaded')) return undefined
      add({ input, invokedAt })
      unanswered++
      if (!isFault(error, 'deadline-exceeded', 'closed') && faults.length < FAULTS_MAX)
        faults.push(`${to.kind}/${to.id} ${input.type}: ${errorText(error)}`)
      return undefined
    }
  }

  const askRegister = async (id: string, patienceMs: number, isRead: boolean): Promise<void> => {
    const drawn = random()
    const value = `v${++written}`
    const input: RegisterInput =
      isRead || drawn < 0.25
        ? { type: 'read' }
        : drawn < 0.6
          ? { type: 'write', value }
          : { type: 'compare-and-set', expected: latest.get(id) ?? EMPTY, value }
    const output = await record(registers, register(id), input, patienceMs)
    if (output) latest.set(id, output.isSet && input.type !== 'read' ? input.value : output.value)
  }
  const askCounter = async (id: string, patienceMs: number, isRead: boolean): Promise<void> => {
    const input: CounterInput = isRead || random() < 0.25 ? { type: 'read' } : { type: 'add', amount: 1 }
    await record(counters, counter(id), input, patienceMs)
  }

  return {
    registers,
    counters,
    faults,
    get unanswered() {
      return unanswered
    },
    next: (epoch) => {
      const id = `${epoch}-${Math.floor(random() * keys)}`
      const ask = random() < 0.5 ? askRegister : askCounter
      return lull.during(() => ask(id, deadlineMs, false))
    },
    readAll: async () => {
      for (const id of registers.keys()) await askRegister(id, LAST_READ_DEADLINE_MS, true)
      for (const id of counters.keys()) await askCounter(id, LAST_READ_DEADLINE_MS, true)
    },
  }
}
