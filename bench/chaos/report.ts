/** The report of a chaos run: for people, and as one JSON document. */
import type { Measured } from './breaking.ts'
import { loopLines } from './loops/loop-report.ts'
import { FAULT_KINDS } from './schedule.ts'
import type { RunResult } from './run.ts'

const VIOLATIONS_SHOWN = 40

export const reportLines = (result: RunResult, machine: readonly string[]): readonly string[] => {
  const { violations, measured, operations, orders, histories } = result
  const verdict = violations.length === 0 ? 'nothing lost, nothing done twice' : `${violations.length} VIOLATIONS`
  return [
    `# Chaos run, seed ${result.seed}${result.without === undefined ? '' : `, without the guard "${result.without}"`}: ${verdict}`,
    '',
    ...machine,
    '',
    `${(result.tookMs / 60_000).toFixed(1)} minutes of faults; ${result.nodes} nodes, ${result.driverWorkers} driver workers, ` +
      `${result.shards} shards, one Redis (append-only file, fsync every second), one Kafka, one simulated infrastructure, ${result.loops.participants} participants of control loops.`,
    '',
    '## What was done meanwhile',
    '',
    `- ${operations.recorded} operations on ${histories.keys} registers and counters, each key's history checked to be linearizable`,
    `- ${operations.entities} commands to accounts (transfers between shards), alarms (durable timers), dice and coins`,
    `- ${operations.unanswered} of these got no answer in time, or were not sent; ${operations.left} were left out because too much was under way`,
    `- ${orders.accepted} orders accepted over HTTP (${orders.repeated} requests repeated), ${orders.processes} processes, ` +
      `${orders.byPolicies} of them ordered by policies; ${orders.changes} changes to the infrastructure`,
    ...Object.entries(orders.counts).map(([what, count]) => `  - ${count} × ${what}`),
    '',
    ...loopLines(result.loops),
    `## Faults, and how soon all shards were served again (limit ${result.limitMs} ms)`,
    '',
    '| fault | times | longest after the fault | longest after healing |',
    '| --- | ---: | ---: | ---: |',
    ...FAULT_KINDS.map((kind) =>
      faultLine(
        kind,
        measured.filter(({ kinds }) => kinds.length === 1 && kinds[0] === kind),
      ),
    ),
    faultLine(
      'two nodes at once',
      measured.filter(({ kinds }) => kinds.length > 1),
    ),
    '',
    'After a fault of a node: from its beginning, so the session timeout is part of it. After a restart of a server: from when',
    'it answered again. `suspended-owner-and-redis-loss` is a lull, so there is nothing to measure before it is healed.',
    '',
    '| at | fault | measured after | ms | slowest shards |',
    '| ---: | --- | --- | ---: | --- |',
    ...measured.map(
      ({ atMs, notes, after, tookMs, isServed, isInTime, slowest }) =>
        `| ${(atMs / 1_000).toFixed(1)} s | ${notes.join('; ')} | ${after} | ${isServed ? Math.round(tookMs) : 'never'}${isInTime ? '' : ' **late**'} | ${slowest.map(({ shard, tookMs: its }) => `${shard}: ${its}`).join(', ')} |`,
    ),
    '',
    '## Violations',
    '',
    ...(violations.length === 0 ? ['None.'] : violations.slice(0, VIOLATIONS_SHOWN).map((text) => `- ${text}`)),
    ...(violations.length > VIOLATIONS_SHOWN ? [`- and ${violations.length - VIOLATIONS_SHOWN} more`] : []),
    ...histories.violations
      .slice(0, 5)
      .flatMap(({ title, evidence }) => ['', `### ${title.split(':')[0]}`, '', '```', ...evidence, '```']),
    '',
  ]
}

const faultLine = (title: string, measured: readonly Measured[]): string => {
  const longest = (after: Measured['after']): string => {
    const those = measured.filter((each) => each.after === after)
    if (those.length === 0) return '-'
    return those.every(({ isServed }) => isServed)
      ? `${Math.round(Math.max(...those.map(({ tookMs }) => tookMs)))} ms`
      : 'not served'
  }
  const times = new Set(measured.map(({ notes }) => notes)).size
  return `| ${title} | ${times} | ${longest('fault')} | ${longest('healing')} |`
}
