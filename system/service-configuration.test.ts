import { expect, test } from 'vitest'
import type { EntityView } from '../runtime/client.ts'
import { until } from '../runtime/testing/until.ts'
import { liveSettings } from './live-settings.ts'
import { type Configuration, ServiceConfiguration } from './service-configuration.ts'

/** A store that holds one configuration, and answers when it is let. */
const scene = () => {
  const applied: Configuration[] = []
  const reported: string[] = []
  const now = {
    version: 0,
    values: {} as Record<string, string>,
    reads: 0,
    failure: '',
    leftOut: [] as string[],
    gate: Promise.resolve(),
  }
  const entity = async <State>(): Promise<EntityView<State> | undefined> => {
    now.reads++
    await now.gate
    if (now.version === 0) return undefined
    const state = { version: now.version, values: now.values } as unknown as State
    return { state, version: 1, timers: [] }
  }
  const configuration = new ServiceConfiguration({
    service: 'gateway',
    queries: { entity },
    apply: (one) => {
      if (now.failure !== '') throw new Error(now.failure)
      applied.push(one)
      return now.leftOut
    },
    report: (text) => reported.push(text),
  })
  const store = (version: number, values: Record<string, string> = {}): void =>
    void Object.assign(now, { version, values })
  return { configuration, applied, reported, now, store }
}

test('what is stored is applied once, whoever tells of it and however often', async () => {
  const { configuration, applied, store, now } = scene()
  await configuration.catchUp()
  expect([configuration.applied.version, applied]).toEqual([0, []])
  store(3, { inFlightMax: '7' })
  configuration.heard(2)
  configuration.heard(3)
  await configuration.catchUp()
  expect(applied).toEqual([{ version: 3, values: { inFlightMax: '7' } }])
  const { reads } = now
  configuration.heard(3)
  expect(now.reads).toBe(reads)
})

test('a store that lost its last changes is followed back', async () => {
  const { configuration, applied, store } = scene()
  store(5, { inFlightMax: '7' })
  await configuration.catchUp()
  store(0)
  configuration.heard(0)
  await configuration.catchUp()
  expect(applied.map(({ version }) => version)).toEqual([5, 0])
})

test('what is heard while the store is slow makes one more read, not many', async () => {
  const { configuration, now, store, applied } = scene()
  let open = (): void => undefined
  now.gate = new Promise((resolve) => (open = resolve))
  store(1)
  for (let version = 1; version <= 50; version++) configuration.heard(version)
  expect(now.reads).toBe(1)
  store(50)
  open()
  await until(() => configuration.applied.version === 50)
  expect([now.reads, applied.length]).toEqual([2, 1])
})

test('one that can not be applied stays behind, says why, and is tried again', async () => {
  const { configuration, applied, now, store, reported } = scene()
  store(1)
  now.failure = 'no port'
  await configuration.catchUp()
  await configuration.catchUp()
  expect([configuration.applied.version, configuration.problem, reported.length]).toEqual([0, 'no port', 1])
  now.failure = ''
  now.leftOut = ['newer: no such setting']
  configuration.heard(1)
  await configuration.catchUp()
  expect([configuration.applied.version, configuration.problem]).toEqual([1, 'newer: no such setting'])
  await configuration.catchUp()
  expect([applied.length, configuration.problem, reported.length]).toEqual([1, 'newer: no such setting', 2])
})

test('nothing is applied once it is closed', async () => {
  const { configuration, applied, store } = scene()
  store(1)
  const caughtUp = configuration.catchUp()
  configuration.close()
  await caughtUp
  expect(applied).toEqual([])
})

test('live settings are what is configured, else what the node was started with', async () => {
  const atStart = { inFlightMax: 3, eventClientsMax: 4, askDeadlineMs: 500, readDeadlineMs: 600, port: 8080 }
  const { values, apply } = liveSettings('gateway', atStart)
  expect(await apply({ version: 1, values: { inFlightMax: '9', newer: '1', askDeadlineMs: 'x' } })).toEqual([
    expect.stringContaining('newer: no such setting') as string,
    expect.stringContaining('askDeadlineMs: expected') as string,
  ])
  expect(values).toEqual({ ...atStart, inFlightMax: 9 })
  expect(await apply({ version: 2, values: { readDeadlineMs: '700' } })).toEqual([])
  expect(values).toEqual({ ...atStart, readDeadlineMs: 700 })
  expect(atStart.inFlightMax).toBe(3)
})
