/**
 * Holds what the clients were told against what is stored, once everything has come to rest. It reads the store and the
 * clients' notes; it knows nothing of how the runtime works.
 */
import type { EntityRef, Tagged } from '../entity.ts'
import type { RuntimeFault } from '../fault.ts'
import { shardOfPlacement, placementOfText } from '../placement.ts'
import type { Store } from '../ports.ts'
import { foldStored } from '../stored.ts'
import { type AccountState, type AlarmState, type DiceState, witnessOf, workloadDefinitions } from './workload.ts'

export interface Issued {
  readonly op: string
  readonly to: EntityRef
  readonly message: Tagged & { readonly op: string }
  /** `refused`: the client was told that it was not sent. `unknown`: it may have been handled or not. */
  outcome: 'open' | 'acknowledged' | 'refused' | 'unknown'
  reply?: unknown
  /** A fault that no client should see. */
  fault?: RuntimeFault
}

export interface Checked {
  observer(): Store
  /** A store that has lost commits may have lost decisions that nobody can make again the same way. */
  readonly storeLosses: number
}

export const violationsOf = async (
  world: Checked,
  shards: number,
  issued: readonly Issued[],
): Promise<readonly string[]> => {
  const violations: string[] = []
  const store = world.observer()
  const definitions = new Map(workloadDefinitions(() => 0).map((definition) => [definition.kind, definition]))
  const stateOf = async <State>(ref: EntityRef): Promise<State> => {
    const definition = definitions.get(ref.kind)
    if (!definition) throw new Error(`no kind ${ref.kind}`)
    const [stored] = await store.load(shardOfPlacement(placementOfText(ref.id), shards), [ref])
    if (!stored) return definition.initial(ref.id) as State
    try {
      return foldStored(definition, stored) as State
    } catch (error) {
      violations.push(`${ref.kind}/${ref.id} can't be recovered: ${String(error)}`)
      return definition.initial(ref.id) as State
    }
  }
  const load = async <State extends { readonly broken: readonly string[] }>(
    kind: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, State>> => {
    const states = new Map<string, State>()
    for (const id of ids) {
      const state = await stateOf<State>({ kind, id })
      for (const text of state.broken) violations.push(`${kind}/${id}: ${text}`)
      states.set(id, state)
    }
    return states
  }

  for (const row of await store.deadLetters({ limit: 5 })) violations.push(`dead letter ${row.id}: ${row.error}`)
  for (const operation of issued) if (operation.fault) violations.push(`${operation.op} met ${operation.fault.message}`)

  const ids = (kind: string): string[] => [
    ...new Set(issued.filter(({ to }) => to.kind === kind).map(({ to }) => to.id)),
  ]
  const transfersTo = issued.flatMap(({ message }) => ('to' in message ? [String(message.to)] : []))
  const accounts = await load<AccountState>('account', [...new Set([...ids('account'), ...transfersTo])])
  const alarms = await load<AlarmState>('alarm-clock', ids('alarm-clock'))
  const dice = await load<DiceState>('dice', ids('dice'))
  const witnesses = await load<DiceState>('dice', ids('dice').map(witnessOf))

  violations.push(...unfaithful(issued, (ref, op) => wasApplied(ref, op, accounts, alarms, dice)))
  violations.push(...unbalanced(accounts, issued))
  violations.push(...silent(alarms))
  if (world.storeLosses === 0) violations.push(...contradicted(issued, dice, witnesses))
  return violations
}

const wasApplied = (
  ref: EntityRef,
  op: string,
  accounts: ReadonlyMap<string, AccountState>,
  alarms: ReadonlyMap<string, AlarmState>,
  dice: ReadonlyMap<string, DiceState>,
): boolean => {
  if (ref.kind === 'account') return accounts.get(ref.id)?.applied.includes(op) === true
  if (ref.kind === 'alarm-clock') return alarms.get(ref.id)?.applied.includes(op) === true
  return op in (dice.get(ref.id)?.rolls ?? {})
}

/** What was acknowledged is there; what was said not to be sent isn't. */
const unfaithful = (issued: readonly Issued[], isApplied: (ref: EntityRef, op: string) => boolean): readonly string[] =>
  issued.flatMap(({ op, to, outcome }) => {
    const applied = isApplied(to, op)
    if (outcome === 'acknowledged' && !applied) return [`${op} was acknowledged and is lost`]
    if (outcome === 'refused' && applied) return [`${op} was refused as not sent and was applied`]
    return []
  })

/** Every credit that was sent has arrived, and nothing else has. */
const unbalanced = (accounts: ReadonlyMap<string, AccountState>, issued: readonly Issued[]): readonly string[] => {
  const violations: string[] = []
  for (const [from, sender] of accounts)
    for (const [to, count] of Object.entries(sender.sent)) {
      const arrived = accounts.get(to)?.received[from] ?? 0
      if (arrived !== count) violations.push(`${from} sent ${count} credits to ${to}, of which ${arrived} arrived`)
    }
  const applied = new Set([...accounts.values()].flatMap((state) => state.applied))
  const deposits = issued
    .filter(({ op, message }) => message.type === 'deposit' && applied.has(op))
    .reduce((sum, { message }) => sum + Number('amount' in message ? message.amount : 0), 0)
  const total = [...accounts.values()].reduce((sum, state) => sum + state.balance, 0)
  if (total !== deposits) violations.push(`balances add up to ${total}, deposits to ${deposits}`)
  return violations
}

/** At rest no timer is set: whatever is still armed will never ring. */
const silent = (alarms: ReadonlyMap<string, AlarmState>): readonly string[] =>
  [...alarms].flatMap(([id, state]) => (state.armed === null ? [] : [`alarm-clock/${id}: ${state.armed} never rang`]))

/** What a client or another entity was told of a decision is what is stored of it. */
const contradicted = (
  issued: readonly Issued[],
  dice: ReadonlyMap<string, DiceState>,
  witnesses: ReadonlyMap<string, DiceState>,
): readonly string[] => {
  const violations: string[] = []
  for (const { op, to, outcome, reply } of issued) {
    if (to.kind !== 'dice' || outcome !== 'acknowledged') continue
    const stored = dice.get(to.id)?.rolls[op]
    if (stored !== undefined && stored !== reply)
      violations.push(`${op}: the client was told ${String(reply)}, stored is ${stored}`)
  }
  for (const [id, state] of dice) {
    const told = witnesses.get(witnessOf(id))?.rolls ?? {}
    for (const [op, value] of Object.entries(state.rolls))
      if (told[op] !== value)
        violations.push(`${op}: its witness was told ${told[op] ?? 'nothing'}, stored is ${value}`)
    for (const op of Object.keys(told))
      if (!(op in state.rolls)) violations.push(`${op}: its witness was told of it, and it was never rolled`)
  }
  return violations
}
