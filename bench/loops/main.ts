/** `npm run bench:loops`: control loops to RUNNING and back, in one process and over Kafka and Redis. */
import { fileURLToPath } from 'node:url'
import { type Bench, runBench, type SectionOptions } from '../cluster/section-runner.ts'
import { measureKills } from './kills.ts'
import { measureLatency } from './latency.ts'
import { FULL, type LoopSizes, SMALL } from './sizes.ts'
import { measureThroughput } from './throughput.ts'

const sizesOf = ({ scale }: SectionOptions): LoopSizes => (scale === 'full' ? FULL : SMALL)

type Name = 'throughput-one-process' | 'throughput-over-kafka' | 'latency-one-process' | 'latency-over-kafka' | 'kills'

const measurements: Bench<Name>['measurements'] = {
  'throughput-one-process': (options) =>
    measureThroughput('one process', options.servers, sizesOf(options).throughput, options.profiling),
  'throughput-over-kafka': (options) =>
    measureThroughput('over Kafka', options.servers, sizesOf(options).throughput, options.profiling),
  'latency-one-process': (options) => measureLatency('one process', options.servers, sizesOf(options).latency),
  'latency-over-kafka': (options) => measureLatency('over Kafka', options.servers, sizesOf(options).latency),
  kills: (options) => measureKills(options.servers, sizesOf(options).kills),
}

await runBench({
  command: 'bench:loops',
  title: 'Bench of control loops',
  measurements,
  usual: Object.keys(measurements) as Name[],
  reportFile: fileURLToPath(new URL('../reports/loops.md', import.meta.url)),
})
