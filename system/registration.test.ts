/** The registration against a cluster that answers late, wrongly, or not at all. */
import { expect, test } from 'vitest'
import { SERVICE_CHANGES_PARTITIONS, SERVICE_CHANGES_TOPIC } from '../actors/service/changes.ts'
import type { Reply, Tagged } from '../runtime/entity.ts'
import { RuntimeFault } from '../runtime/fault.ts'
import { ManualClock, seeded } from '../runtime/testing/manual-clock.ts'
import { until } from '../runtime/testing/until.ts'
import { MemoryBroker } from '../runtime/transport/memory-log.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { type Role, startRegistration } from './registration.ts'

type Answer = Reply<unknown> | 'never' | RuntimeFault

const HEARTBEAT_MS = 100
const DEADLINE_MS = 300
const accepted: Reply<unknown> = { ok: true, value: { configurationVersion: 0 } }
const refused = (code: string): Reply<unknown> => ({ ok: false, rejection: { code, reason: 'because' } })

const scene = async (answer: (message: Tagged) => Answer, role: Partial<Role> = {}) => {
  const clock = new ManualClock(1_000)
  const log = new MemoryBroker({ clock: systemClock, random: seeded(1) }).client()
  await log.createTopic(SERVICE_CHANGES_TOPIC, SERVICE_CHANGES_PARTITIONS)
  const said: Tagged[] = []
  const reported: string[] = []
  const open = { now: 0, most: 0 }
  const registration = startRegistration({
    client: {
      ask: async <Value>(_to: unknown, message: Tagged, { deadlineMs }: { deadlineMs: number }) => {
        said.push(message)
        open.most = Math.max(open.most, ++open.now)
        try {
          const given = answer(message)
          if (given instanceof RuntimeFault) throw given
          if (given !== 'never') return given as Reply<Value>
          return await new Promise<never>((_, reject) =>
            clock.schedule(deadlineMs, () => reject(new RuntimeFault('deadline-exceeded', 'no answer'))),
          )
        } finally {
          open.now--
        }
      },
    },
    queries: { entity: async () => undefined },
    log,
    clock,
    node: { name: 'n', incarnation: 'i', version: '1', protocols: [1], host: 'h', pid: 1, startedAtMs: 1 },
    roles: [
      {
        service: 'worker',
        describe: () => ({}),
        load: () => ({ isReady: true, shards: [1], entitiesInMemory: 1, messagesTotal: 10 * said.length, inFlight: 0 }),
        ...role,
      },
    ],
    heartbeatMs: HEARTBEAT_MS,
    deadlineMs: DEADLINE_MS,
    stopDeadlineMs: DEADLINE_MS,
    report: (text) => reported.push(text),
  })
  /** Lets time go on until that much was said. */
  const untilSaid = (count: number): Promise<void> =>
    until(() => {
      if (said.length >= count) return true
      clock.advance(10)
      return false
    })
  const types = (): string[] => said.map(({ type }) => type)
  const stop = async (): Promise<void> => {
    let stopped = false
    const stopping = registration.stop().then(() => (stopped = true))
    await until(() => {
      clock.advance(10)
      return stopped
    })
    await stopping
    await log.close()
  }
  return { registration, said, types, reported, open, untilSaid, stop, clock }
}

test('it registers, tells its load at once and then in time, and says good-bye', async () => {
  const { types, said, untilSaid, stop, reported, registration } = await scene(() => accepted)
  await registration.configured
  await untilSaid(4)
  expect(types()).toEqual(['register', 'heartbeat', 'heartbeat', 'heartbeat'])
  expect(said[0]).toMatchObject({ registration: { incarnation: 'i', heartbeatMs: HEARTBEAT_MS } })
  // 10 messages in each heartbeat's 100 ms.
  expect(said[3]).toMatchObject({ isReady: true, load: { shards: [1], messagesPerSecond: 100 } })
  await stop()
  expect([types().at(-1), reported]).toEqual(['deregister', []])
})

test('a cluster that does not answer costs nothing: one question at a time, one report, and it still stops', async () => {
  const { types, untilSaid, stop, reported, open, registration } = await scene(() => 'never')
  await registration.configured
  await untilSaid(20)
  expect(new Set(types())).toEqual(new Set(['register']))
  expect([open.most, reported.length]).toEqual([1, 1])
  expect(reported[0]).toContain('deadline-exceeded')
  await stop()
  expect(types().at(-1)).toBe('deregister')
})

test('a registry that has forgotten it is told anew; one that is another process’s now is reported once', async () => {
  let forget = 2
  const { types, untilSaid, stop } = await scene(({ type }) =>
    type === 'heartbeat' && forget-- > 0 ? refused('instance-not-registered') : accepted,
  )
  await untilSaid(6)
  expect(types().slice(0, 6)).toEqual(['register', 'heartbeat', 'register', 'heartbeat', 'register', 'heartbeat'])
  await stop()

  const other = await scene(() => refused('instance-superseded'))
  await other.untilSaid(5)
  expect(other.reported).toEqual([expect.stringContaining('instance-superseded')])
  await other.stop()
})

test('a role that fails to say how it is does not end the heartbeats', async () => {
  let broken = true
  const { types, untilSaid, stop, reported, clock } = await scene(() => accepted, {
    load: () => {
      if (broken) throw new Error('no figures')
      return { isReady: true, shards: [], entitiesInMemory: 0, messagesTotal: 0, inFlight: 0 }
    },
  })
  await until(() => {
    clock.advance(10)
    return reported.length > 0
  })
  expect(reported).toEqual([expect.stringContaining('no figures')])
  broken = false
  await untilSaid(3)
  expect(types()).toEqual(['register', 'heartbeat', 'heartbeat'])
  await stop()
})
