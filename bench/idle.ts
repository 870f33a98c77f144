/** What an idle actor costs, and how soon a node with many of them serves again after `kill -9`. */
import { forkBench, killed, nextMessage } from './child.ts'
import { type Figure, Loss, type Outcome } from './figures.ts'
import type { IdleOrder, IdleReport } from './idle-process.ts'
import type { Run } from './run.ts'

export interface IdleSize {
  readonly actors: number
  readonly warmUp: number
  /** Batches of increments under way or done when the process is killed. */
  readonly busyBatches: number
}

const DEADLINE_MS = 180_000

type Of<Type extends IdleReport['type']> = Extract<IdleReport, { type: Type }>

/** What is known from outside of what each counter must hold: never less than was acknowledged, nor more than asked. */
interface Bounds {
  readonly least: number[]
  readonly most: number[]
}

const raise = (values: number[], actors: readonly number[]): void => {
  for (const actor of actors) values[actor] = (values[actor] ?? 0) + 1
}

const expect = <Type extends IdleReport['type']>(report: IdleReport, type: Type): Of<Type> => {
  if (report.type !== type) throw new Error(`expected the report ${type}, not ${report.type}`)
  return report as Of<Type>
}

/** Fills it, keeps it busy, and kills it in the middle. */
const fillAndKill = async (folder: string, { actors, warmUp, busyBatches }: IdleSize) => {
  const child = forkBench('./idle-process.ts')
  const reports: IdleReport[] = []
  try {
    const order: IdleOrder = { type: 'fill', folder, actors, warmUp }
    child.send(order)
    const filled = expect(await nextMessage<IdleReport>(child, DEADLINE_MS), 'filled')
    child.on('message', (report: IdleReport) => reports.push(report))
    while (reports.length < 2 * busyBatches) await nextMessage<IdleReport>(child, DEADLINE_MS)
    await killed(child)
    const bounds: Bounds = { least: [...filled.values], most: [...filled.values] }
    for (const report of reports) {
      if (report.type === 'asked') raise(bounds.most, report.actors)
      if (report.type === 'acknowledged') raise(bounds.least, report.actors)
    }
    return { filled, bounds }
  } finally {
    await killed(child)
  }
}

const serveAgain = async (folder: string, { actors, warmUp }: IdleSize, { least, most }: Bounds) => {
  const startedMs = performance.now()
  const child = forkBench('./idle-process.ts')
  try {
    const order: IdleOrder = { type: 'serve', folder, actors, warmUp }
    child.send(order)
    const first = expect(await nextMessage<IdleReport>(child, DEADLINE_MS), 'first')
    const firstMs = performance.now() - startedMs
    const each = expect(await nextMessage<IdleReport>(child, DEADLINE_MS), 'every-shard')
    const everyShardMs = performance.now() - startedMs
    const { values, entities } = expect(await nextMessage<IdleReport>(child, DEADLINE_MS), 'values')
    for (const bounds of [least, most]) raise(bounds, [first.actor, ...each.actors])
    for (let actor = 0; actor < actors; actor++) {
      const [value = -1, low = 0, high = 0] = [values[actor], least[actor], most[actor]]
      if (value < low) throw new Loss(`counter ${actor} has ${value} after kill -9, but acknowledged ${low}`)
      if (value > high) throw new Loss(`counter ${actor} has ${value} after kill -9, but was asked for ${high}`)
    }
    if (entities !== actors) throw new Loss(`${entities} counters are stored after kill -9, not ${actors}`)
    return { firstMs, everyShardMs, loadedMs: first.loadedMs }
  } finally {
    await killed(child)
  }
}

export const measureIdle = async ({ folder, size }: Run<IdleSize>): Promise<Outcome> => {
  const { filled, bounds } = await fillAndKill(folder, size)
  const { before, after } = filled
  if (after.entitiesInMemory > before.entitiesInMemory)
    throw new Error(`${after.entitiesInMemory} entities are still in memory`)
  const recovered = await serveAgain(folder, size, bounds)
  const per = (bytes: number): number => bytes / size.actors
  const figures: Figure[] = [
    { name: 'RSS per idle actor', value: per(after.rssBytes - before.rssBytes), unit: 'bytes' },
    { name: 'heap per idle actor', value: per(after.heapBytes - before.heapBytes), unit: 'bytes' },
    { name: 'disk per actor', value: per(after.diskBytes - before.diskBytes), unit: 'bytes' },
    { name: 'RSS of the process with them', value: after.rssBytes / 2 ** 20, unit: 'MB' },
    { name: 'first command acknowledged after kill -9', value: recovered.firstMs, unit: 'ms' },
    { name: 'a command on every shard acknowledged', value: recovered.everyShardMs, unit: 'ms' },
    { name: 'of which starting Node and loading the code', value: recovered.loadedMs, unit: 'ms' },
  ]
  return {
    figures,
    notes: [
      `${size.actors} counters with one event each, all passivated; memory after garbage collection, less what the same process took after ${size.warmUp} commands of a few counters. What is left of an idle actor in memory is its row in the store's bounded cache of numbers. Disk: pages in use, events, list fields and indexes included.`,
      `Then the process is killed with kill -9 amid increments and started again on its data; timed from the fork of the new process. The operating system's file cache stays warm.`,
      `Checked after the restart: all ${size.actors} counters are there, none has less than it acknowledged or more than it was asked for; no dead letters.`,
    ],
  }
}
