/** A cluster of three with control loops: spoken to over ONAP's API, with participants in processes of their own, over Kafka. */
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { conceptText } from '../../participants/protocol/concept.ts'
import type { ParticipantIdentity } from '../../participants/protocol/generation.ts'
import { placementOfText, shardOfPlacement } from '../../runtime/placement.ts'
import { servers, uniqueSystem } from '../../scripts/servers/for-tests.ts'
import { NodeProcess } from '../node-process.ts'
import type { LoopKind, WantedLoop } from './loop-kinds.ts'
import type { Deed } from './recording-participant.ts'
import { CLUSTER_SHARDS, startTestCluster } from './test-cluster.ts'

export const ONAP = '/onap/controlloop/v2'
const VERSION = '1.0.0'
const LOOK_EVERY_MS = 50

export type OrderedState = 'UNINITIALISED' | 'PASSIVE' | 'RUNNING'

interface ShownLoop {
  readonly name: string
  readonly state: string
  readonly orderedState: string
}
interface ShownParticipant {
  readonly registration: string
  readonly healthStatus: string
  readonly isUpToDate: boolean
  readonly templates: readonly { readonly state: string }[]
}

export type LoopCluster = Awaited<ReturnType<typeof startLoopCluster>>

/** @param delayMs how long recording participants take for each operation */
export const startLoopCluster = async (delayMs: number, environment: Readonly<Record<string, string>> = {}) => {
  const system = uniqueSystem()
  const topic = `${system}-participants`
  const nodes = await startTestCluster({ system, environment: { HOMEOSTAT_PARTICIPANT_TOPIC: topic, ...environment } })
  const programs: NodeProcess[] = []
  const records: string[] = []

  const ask = (path: string, init: RequestInit = {}, url = nodes.url()): Promise<Response> =>
    fetch(`${url}${path}`, init)
  const send = (method: string, path: string, body: unknown, url?: string): Promise<Response> =>
    ask(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }, url)
  const ok = async <Body>(response: Response | Promise<Response>, status = 200): Promise<Body> => {
    const got = await response
    expect([got.status, got.status === status ? '' : await got.text()]).toEqual([status, ''])
    return (await got.json()) as Body
  }
  const loops = async (): Promise<ReadonlyMap<string, ShownLoop>> => {
    const { controlLoopList } = await ok<{ controlLoopList: readonly ShownLoop[] }>(ask(`${ONAP}/instantiation`))
    return new Map(controlLoopList.map((loop) => [loop.name, loop]))
  }
  const order = (orderedState: OrderedState, names: readonly string[], url?: string): Promise<Response> => {
    const controlLoopIdentifierList = names.map((name) => ({ name, version: VERSION }))
    return send('PUT', `${ONAP}/instantiation/command`, { orderedState, controlLoopIdentifierList }, url)
  }
  /** Resolves when it is so; a node that is just killed may leave a question without an answer. */
  const eventually = async (what: string, isSo: () => Promise<boolean>, deadlineMs: number): Promise<void> => {
    const endMs = Date.now() + deadlineMs
    let problem: unknown
    while (!(await isSo().catch((error: unknown) => ((problem = error), false)))) {
      if (Date.now() > endMs) throw new Error(`${what}: not within ${deadlineMs} ms`, { cause: problem })
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }
  const participant = async ({ participantId: { name, version } }: ParticipantIdentity) =>
    (await (await ask(`/api/runtime/participants/${name}/${version}`)).json()) as ShownParticipant
  /** It is registered, and knows everything that is commissioned for it. */
  const isReady = async (identity: ParticipantIdentity): Promise<boolean> => {
    const { registration, isUpToDate, templates } = await participant(identity)
    return registration === 'Registered' && isUpToDate && templates.every(({ state }) => state === 'known')
  }

  return {
    ...nodes,
    topic,
    ask,
    send,
    ok,
    order,
    eventually,
    participant,
    isReady,

    /** A program of this project, which ends with the cluster. */
    program: (file: string, settings: Readonly<Record<string, string>>): NodeProcess => {
      const program = new NodeProcess({ ...COMPILE_CACHE, ...settings }, file)
      programs.push(program)
      program.spawn()
      return program
    },

    /** Starts the kind's participants, commissions its template, and waits until they know it. */
    open: async ({ template, participants }: LoopKind): Promise<readonly NodeProcess[]> => {
      const headers = { 'content-type': 'application/yaml' }
      await ok(ask(`${ONAP}/commission`, { method: 'POST', body: template, headers }))
      const started = participants.map((identity) => {
        const record = join(nodes.folder, `${identity.participantId.name}.jsonl`)
        records.push(record)
        const one = new NodeProcess(recordingSettings(identity, topic, record, delayMs), RECORDING)
        programs.push(one)
        one.spawn()
        return one
      })
      for (const identity of participants)
        await eventually(
          `participant ${conceptText(identity.participantId)} is ready`,
          () => {
            for (const one of started) one.assertRunning()
            return isReady(identity)
          },
          30_000,
        )
      return started
    },

    create: (wanted: readonly WantedLoop[]) => ok(send('POST', `${ONAP}/instantiation`, { controlLoopList: wanted })),

    /** Until all of them are settled there. */
    reach: (state: OrderedState, names: readonly string[], deadlineMs = 30_000) =>
      eventually(
        `${names.join(', ')} ${state}`,
        async () => {
          const shown = await loops()
          return names.every((name) => shown.get(name)?.state === state)
        },
        deadlineMs,
      ),

    /** Those that nobody answered may or may not have been carried out: they are ordered again. */
    orderUntilAccepted: (state: OrderedState, names: readonly string[]) =>
      Promise.all(
        names.map((name) =>
          eventually(
            `${name} ordered to ${state}`,
            async () => {
              const shown = (await loops()).get(name)
              if (shown?.orderedState === state) return true
              const answer = await order(state, [name])
              if (answer.status !== 202) throw new Error(`${JSON.stringify(shown)}: ${await answer.text()}`)
              return true
            },
            30_000,
          ),
        ),
      ),

    /** What the participants did, in their order. */
    deeds: (): readonly Deed[] =>
      records.flatMap((record) =>
        existsSync(record)
          ? readFileSync(record, 'utf8')
              .split('\n')
              .filter((line) => line !== '')
              .map((line) => JSON.parse(line) as Deed)
          : [],
      ),

    /** Which node serves the shard, as the registry last heard. */
    ownerOf: async (shard: number): Promise<NodeProcess> => {
      const owner = (await nodes.nodes()).find(({ state, shards }) => state === 'Ready' && shards.includes(shard))
      if (!owner) throw new Error(`nobody serves shard ${shard}`)
      return nodes.cluster.node(owner.node)
    },

    /** Orders that a participant didn't answer in time, and were sent again. */
    repetitions: async (name: string): Promise<number> => {
      type History = {
        readonly events: readonly { readonly event: { readonly type: string } }[]
      }
      const path = `/api/runtime/control-loops/${name}/${VERSION}/history?limit=500`
      const { events } = await ok<History>(ask(path))
      return events.filter(({ event }) => event.type === 'sent-again').length
    },

    alarms: async (): Promise<readonly unknown[]> =>
      (await ok<{ readonly alarms: readonly unknown[] }>(ask('/api/runtime/alarms'))).alarms,

    remove: (name: string): Promise<Response> =>
      ask(`${ONAP}/instantiation?name=${name}&version=${VERSION}`, { method: 'DELETE' }),

    close: async (): Promise<void> => {
      await Promise.all(programs.map((program) => program.kill()))
      await nodes.close()
    },
  }
}

// Started again they take half the time.
const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') }
const RECORDING = 'system/testing/recording-participant.ts'

const recordingSettings = (
  { participantId, participantType }: ParticipantIdentity,
  topic: string,
  record: string,
  delayMs: number,
): Readonly<Record<string, string>> => ({
  ...COMPILE_CACHE,
  HOMEOSTAT_KAFKA_BROKERS: servers().kafkaBrokers.join(','),
  HOMEOSTAT_PARTICIPANT_TOPIC: topic,
  HOMEOSTAT_PARTICIPANT_ID: conceptText(participantId),
  HOMEOSTAT_PARTICIPANT_TYPE: conceptText(participantType),
  HOMEOSTAT_PARTICIPANT_REPORTING_INTERVAL_MS: '1000',
  HOMEOSTAT_PARTICIPANT_RECORD: record,
  HOMEOSTAT_PARTICIPANT_DELAY_MS: String(delayMs),
})

/** Names of loops that live in the shard. */
export const namesInShard = (shard: number, prefix: string, count: number): readonly string[] => {
  const names: string[] = []
  for (let index = 0; names.length < count; index++) {
    const name = `${prefix}-${index}`
    const found = shardOfPlacement(placementOfText(conceptText({ name, version: VERSION })), CLUSTER_SHARDS)
    if (found === shard) names.push(name)
  }
  return names
}
