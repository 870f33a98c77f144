/**
 * `npm run bench:cluster`: what nodes over Redis and Kafka do on this machine, beside what Redis and Kafka do alone. A missed aim
 * brings a CPU profile where one can say more.
 */
import { fileURLToPath } from 'node:url'
import { measureCeilings } from './ceilings.ts'
import { measureCommands } from './commands.ts'
import { measureCrowdedNode } from './crowded-node.ts'
import { measureGrowth } from './growth.ts'
import { measureHttp } from './http.ts'
import { measureOrders } from './orders.ts'
import { type Bench, runBench, type SectionOptions } from './section-runner.ts'
import { FULL, type Sizes, SMALL } from './sizes.ts'
import { measureSpread } from './spread.ts'
import { measureTakeover } from './takeover.ts'

const sizesOf = ({ scale }: SectionOptions): Sizes => (scale === 'full' ? FULL : SMALL)

const measurements: Bench<keyof Sizes>['measurements'] = {
  ceilings: (options) => measureCeilings(options.servers, sizesOf(options).ceilings),
  commands: (options) => measureCommands(options.servers, sizesOf(options).commands, options.profiling),
  http: (options) => measureHttp(options.servers, sizesOf(options).http, options.profiling),
  orders: (options) => measureOrders(options.servers, sizesOf(options).orders),
  spread: (options) => measureSpread(options.servers, sizesOf(options).spread),
  takeover: (options) => measureTakeover(options.servers, sizesOf(options).takeover),
  'crowded-node': (options) => measureCrowdedNode(options.servers, sizesOf(options)['crowded-node']),
  growth: (options) => measureGrowth(options.servers, sizesOf(options).growth, options.print),
}

await runBench({
  command: 'bench:cluster',
  title: 'Bench of a cluster',
  measurements,
  // Growth takes as long as all the others together, so it is asked for by name.
  usual: (Object.keys(measurements) as (keyof Sizes)[]).filter((name) => name !== 'growth'),
  reportFile: fileURLToPath(new URL('../reports/cluster.md', import.meta.url)),
})
