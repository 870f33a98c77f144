/**
 * Clients of accounts (transfers between shards), alarms (durable timers) and dice, which notice broken promises in their
 * own state; and the questions that are held against that state when all is at rest.
 */
import type { RuntimeClient } from '../../runtime/client.ts'
import type { EntityRef, Tagged } from '../../runtime/entity.ts'
import { isFault } from '../../runtime/fault.ts'
import type { Store } from '../../runtime/ports.ts'
import { type Issued, violationsOf } from '../../runtime/simulation/checker.ts'
import { account } from '../../runtime/simulation/workload.ts'
import type { Lull } from './lull.ts'

export interface EntityClients {
  readonly issued: number
  readonly unanswered: number
  next(epoch: number): Promise<void>
  /** What broke, by epoch. `losses`: epochs in which the store lost commits. */
  violations(store: Store, shards: number, losses: ReadonlySet<number>): Promise<readonly string[]>
}

export interface EntityClientsOptions {
  readonly client: RuntimeClient
  readonly lull: Lull
  readonly random: () => number
  readonly deadlineMs: number
  /** Alarms live in these shards only, so that the others can be quiet. */
  readonly isAlarmShard: (ref: EntityRef) => boolean
}

const ACCOUNTS = 20
const ALARMS = 6
const DICE = 24

export const entityClients = (options: EntityClientsOptions): EntityClients => {
  const { client, lull, random, deadlineMs } = options
  const epochs = new Map<number, Issued[]>()
  const pick = (count: number): number => Math.floor(random() * count)
  const alarms = new Map<number, readonly EntityRef[]>()
  let [ops, unanswered] = [0, 0]

  const alarmsOf = (epoch: number): readonly EntityRef[] => {
    const known = alarms.get(epoch)
    if (known) return known
    const found: EntityRef[] = []
    for (let number = 0; found.length < ALARMS; number++) {
      const ref = { kind: 'alarm-clock', id: `${epoch}-t${number}` }
      if (options.isAlarmShard(ref)) found.push(ref)
    }
    alarms.set(epoch, found)
    return found
  }

  const issue = async (epoch: number, to: EntityRef, message: Tagged & { readonly op: string }): Promise<void> => {
    const operation: Issued = { op: message.op, to, message, outcome: 'open' }
    const issued = epochs.get(epoch) ?? []
    epochs.set(epoch, issued)
    issued.push(operation)
    try {
      const reply = await client.ask(to, message, { sender: 'chaos', deadlineMs })
      operation.outcome = 'acknowledged'
      operation.reply = reply.ok ? reply.value : reply.rejection
    } catch (error) {
      operation.outcome = isFault(error, 'overloaded') ? 'refused' : 'unknown'
      unanswered++
      if (isFault(error) && !isFault(error, 'overloaded', 'deadline-exceeded', 'closed')) operation.fault = error
    }
  }
  const draw = (epoch: number): Promise<void> => {
    const drawn = random()
    const any = (): string => `${epoch}-a${pick(ACCOUNTS)}`
    const op = `op-${++ops}`
    if (drawn < 0.5) return issue(epoch, { kind: 'dice', id: `${epoch}-d${pick(DICE)}` }, { type: 'roll', op })
    const amount = 1 + pick(9)
    if (drawn < 0.55) return issue(epoch, account(any()), said({ type: 'deposit', op, amount }))
    if (drawn < 0.85) return issue(epoch, account(any()), said({ type: 'transfer', op, amount, to: any() }))
    const alarm = alarmsOf(epoch)[pick(ALARMS)] as EntityRef
    const isSet = random() < 0.7
    return issue(epoch, alarm, said(isSet ? { type: 'arm', op, delayMs: pick(2_000) } : { type: 'disarm', op }))
  }

  return {
    get issued() {
      return ops
    },
    get unanswered() {
      return unanswered
    },
    next: (epoch) => lull.during(() => draw(epoch)),
    violations: async (store, shards, losses) => {
      const found = new Set<string>()
      for (const [epoch, issued] of epochs) {
        const checked = { observer: () => store, storeLosses: losses.has(epoch) ? 1 : 0 }
        for (const text of await violationsOf(checked, shards, issued)) found.add(text)
      }
      return [...found]
    },
  }
}

const said = <Message extends Tagged & { readonly op: string }>(message: Message): Message => message
