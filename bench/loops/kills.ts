/** `kill -9` where an order is easily lost: of the node between its answer and its message, of participants between order and answer. */
import { setTimeout as pause } from 'node:timers/promises'
import { Loss } from '../figures.ts'
import { type Section, summaryOf } from '../cluster/section.ts'
import type { BenchServers } from '../cluster/servers.ts'
import { checkLoops } from './loop-client.ts'
import { openStage, type Place, type Stage } from './stage.ts'

export interface KillsSize {
  readonly rounds: number
  readonly loops: number
}

const DEADLINE_MS = 60_000
const POLL_MS = 20

export const measureKills = async (servers: BenchServers, size: KillsSize): Promise<Section> => {
  const inOneProcess = await withStage('one process', servers, (stage) =>
    rounds(stage, size, 'a', (state) => state.restartNode()),
  )
  const overKafka = await withStage('over Kafka', servers, async (stage) => ({
    node: await rounds(stage, size, 'b', (one) => one.restartNode()),
    participants: await rounds(stage, size, 'c', (one) => one.restartParticipants()),
  }))
  const { rounds: times, loops } = size
  return {
    name: 'kills',
    title: 'Kills between order and outcome',
    summaries: [
      summaryOf('one process, killed after its answer: all RUNNING after', 'ms', inOneProcess),
      summaryOf('over Kafka, the node killed after its answer: all RUNNING after', 'ms', overKafka.node),
      summaryOf('over Kafka, the participants killed after the order: all RUNNING after', 'ms', overKafka.participants),
    ],
    notes: [
      `${times} rounds each. ${loops} instances, PASSIVE, are ordered to RUNNING in one request; as soon as it is answered the process is killed (SIGKILL) and started again. Timed from the answer. One node serves alone: over Kafka it has to wait until the session of the one before it has timed out.`,
      `Checked after each round: all ${loops} are RUNNING, and no alarm was raised.`,
    ],
    losses: [],
    raw: { inOneProcess, overKafka },
  }
}

const withStage = async <Result>(
  place: Place,
  servers: BenchServers,
  work: (stage: Stage) => Promise<Result>,
): Promise<Result> => {
  const stage = await openStage(place, servers)
  try {
    return await work(stage)
  } finally {
    await stage.close()
  }
}

const rounds = async (
  stage: Stage,
  { rounds: times, loops }: KillsSize,
  prefix: string,
  restart: (stage: Stage) => Promise<void>,
): Promise<number[]> => {
  const took: number[] = []
  let before = await stage.client.count('RUNNING')
  for (let round = 0; round < times; round++) {
    const names = Array.from({ length: loops }, (_, index) => `${prefix}-${round}-${index}`)
    await stage.client.create(names, 'one-phase')
    await stage.client.order(names, 'PASSIVE')
    await reached(stage, 'PASSIVE', loops)
    await stage.client.order(names, 'RUNNING')
    const answeredMs = performance.now()
    await restart(stage)
    await reached(stage, 'RUNNING', before + loops)
    took.push(performance.now() - answeredMs)
    before += loops
    await checkLoops(stage.client, 'RUNNING', before)
  }
  return took
}

/** By the list: live events of the time between would be missed. */
const reached = async ({ client }: Stage, state: string, expected: number): Promise<void> => {
  const endMs = performance.now() + DEADLINE_MS
  // A node that has just come up may not serve yet.
  for (let found = -1; found !== expected; found = await client.count(state).catch(() => -1)) {
    if (performance.now() > endMs)
      throw new Loss(`${found} of ${expected} control loops are ${state} after ${DEADLINE_MS} ms`)
    await pause(POLL_MS)
  }
}
