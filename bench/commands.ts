/** Durable commands per second through the runtime, and what the store alone does with the same commits. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { addMany, drawer, inTurn, openCounters } from './counter-system.ts'
import type { Figure, Outcome } from './figures.ts'
import { Ledger } from './ledger.ts'
import { type FlushGroup, openReplay, record, type Replay, type Spent, spentOn } from './recording.ts'
import type { Run } from './run.ts'

export interface CommandsSize {
  readonly actors: number
  readonly warmUp: number
  /** All slices together. */
  readonly commands: number
  /** After each slice the store alone does the same, so that what else the machine does hits both alike. */
  readonly slices: number
  readonly inFlight: number
}

/** A command that is stored and answered should cost at most as much again as storing it does. */
const SHARE_AIM = 0.5

const NOTHING: Spent = { seconds: 0, cpuSeconds: 0 }
const plus = (left: Spent, right: Spent): Spent => ({
  seconds: left.seconds + right.seconds,
  cpuSeconds: left.cpuSeconds + right.cpuSeconds,
})

export const measureCommands = async ({ folder, size, profiled }: Run<CommandsSize>): Promise<Outcome> => {
  const { actors, warmUp, commands, slices, inFlight } = size
  const recording = record()
  const ledger = new Ledger(actors)
  const system = await openCounters(join(folder, 'live'), {}, recording.between)
  const openAlone = (name: string, withAppends: boolean): Promise<Replay> => {
    mkdirSync(join(folder, name))
    return openReplay(join(folder, name), { shards: system.shards, withAppends })
  }
  const alone = await openAlone('with-appends', true)
  const commitsOnly = await openAlone('commits-only', false)

  await addMany(system.node, ledger, { total: actors, inFlight, next: inTurn() })
  await addMany(system.node, ledger, { total: warmUp, inFlight, next: drawer(actors, 7) })
  const before = recording.take()
  await alone.play(before)
  await commitsOnly.play(before)

  const spent = { live: NOTHING, alone: NOTHING, commitsOnly: NOTHING }
  const [next, total] = [drawer(actors), Math.floor(commands / slices)]
  const counts = { transactions: 0, commits: 0, events: 0 }
  for (let slice = 0; slice < slices; slice++) {
    const live = await profiled(() => spentOn(() => addMany(system.node, ledger, { total, inFlight, next })))
    const groups = recording.take()
    count(counts, groups)
    spent.live = plus(spent.live, live)
    spent.alone = plus(spent.alone, await alone.play(groups))
    spent.commitsOnly = plus(spent.commitsOnly, await commitsOnly.play(groups))
  }
  await ledger.verify(system.node.queries)
  await system.close()
  await alone.close()
  await commitsOnly.close()
  for (const name of ['live', 'with-appends']) await verifyFile(join(folder, name), ledger)
  if (counts.events !== total * slices) throw new Error(`${counts.events} events were recorded, not ${total * slices}`)

  const rate = counts.events / spent.live.seconds
  const ceiling = counts.events / spent.alone.seconds
  const microseconds = ({ cpuSeconds }: Spent): number => (cpuSeconds * 1e6) / counts.events
  const figures: Figure[] = [
    { name: 'commands', value: rate, unit: '/s' },
    { name: 'the same log appends and commits, without the runtime', value: ceiling, unit: '/s' },
    { name: 'share of that', value: rate / ceiling, unit: 'of 1', aim: { atLeast: SHARE_AIM } },
    {
      name: 'the same commits without the appends',
      value: counts.events / spent.commitsOnly.seconds,
      unit: '/s',
    },
    { name: 'CPU per command', value: microseconds(spent.live), unit: 'µs' },
    { name: 'CPU per command, without the runtime', value: microseconds(spent.alone), unit: 'µs' },
    { name: 'commands per transaction', value: counts.events / counts.transactions, unit: 'commands' },
    { name: 'shard commits per transaction', value: counts.commits / counts.transactions, unit: 'commits' },
  ]
  return {
    figures,
    notes: [
      `${total * slices} increments of ${actors} counters, ${inFlight} asks in flight from the node's own process, after ${actors + warmUp} that don't count; synchronous=full.`,
      `The ceiling: what the runtime asked log and store for (each append of commands, each ShardCommit, byte for byte, those that shared a transaction sharing one again), played by the same process into a file in the same state; in ${slices} slices, each right after the runtime's own. Not in it: trimming of the log and the group's position, which the runtime also writes.`,
      `Checked: ${ledger.total} acknowledged increments are stored, each once, in the file as opened again and in the one that was played to; no dead letters.`,
    ],
  }
}

const count = (
  counts: { transactions: number; commits: number; events: number },
  groups: readonly FlushGroup[],
): void => {
  for (const { appends, commits } of groups) {
    if (appends.length + commits.length > 0) counts.transactions++
    counts.commits += commits.length
    for (const { entities } of commits) for (const { events } of entities) counts.events += events.length
  }
}

/** Opens the file again, as after a restart. */
const verifyFile = async (folder: string, ledger: Ledger): Promise<void> => {
  const again = await openCounters(folder)
  try {
    await ledger.verify(again.node.queries)
  } finally {
    await again.close()
  }
}
