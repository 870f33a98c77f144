/** Workers and external drivers together: what one driver does is its own problem. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { encodePublished } from '../../runtime/published.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'
import { DRIVER_REQUESTS_TOPIC } from '../protocol.ts'
import { sampleLocation, sampleRequest } from '../testing/sample-requests.ts'
import { answerJson, type ScriptedServer, scriptedServer } from '../testing/scripted-server.ts'
import { type DriverWorker, startDriverWorker } from '../worker.ts'
import { type HttpDriver, httpDriver } from './http-driver.ts'

const clock = systemClock
const REQUESTS = 40
let slow: ScriptedServer
let fast: ScriptedServer
let drivers: readonly HttpDriver[] = []
let worker: DriverWorker | undefined

beforeEach(async () => {
  slow = await scriptedServer()
  fast = await scriptedServer()
  let ids = 0
  fast.answer = (response) => answerJson(response, 202, { requestId: `theirs-${++ids}` })
})
afterEach(async () => {
  await worker?.close()
  for (const driver of drivers) await driver.close()
  await slow.close()
  await fast.close()
})

const NEVER_ANSWERS = 'never answers'

it.each<[string, () => void]>([
  [NEVER_ANSWERS, () => (slow.answer = () => undefined)],
  ['answers 503', () => (slow.answer = (response) => answerJson(response, 503, { localizedMessage: 'not now' }))],
  ['breaks its connections', () => (slow.answer = (response) => response.socket?.resetAndDestroy())],
])('a driver that %s holds up no other', async (how, misbehave) => {
  misbehave()
  const log = new MemoryBroker({ clock, random: () => 0.5 }).client()
  await log.createTopic(DRIVER_REQUESTS_TOPIC, 2)
  const accepted = new Set<string>()
  const client = {
    tell: async (to: { readonly id: string }) => void accepted.add(to.id),
  }
  drivers = [
    httpDriver({ type: 'slow', url: slow.url, client, clock, limits: { connectionsMax: 2 } }),
    httpDriver({ type: 'fast', url: fast.url, client, clock, limits: { connectionsMax: 2 } }),
  ]
  worker = await startDriverWorker({
    log,
    clock,
    client,
    locate: async () => sampleLocation({ type: 'Lab' }),
    drivers: new Map(drivers.map((driver) => [driver.type, driver])),
    config: { callsPerDriverMax: 4, retry: { firstMs: 20, longestMs: 200 }, drainTimeoutMs: 200 },
  })
  const publish = (type: string, index: number) => {
    const message = sampleRequest({
      requestId: `${type}-${index}`,
      drivers: { [type]: ['*'] },
      deadlineMs: Date.now() + 20_000,
    })
    const record = { id: `${type}-${index}`, key: 'k', atMs: 0, sender: 'resource/x', trace: 'order-1', message }
    return log.append([{ topic: DRIVER_REQUESTS_TOPIC, partition: index % 2, value: encodePublished(record) }])
  }
  for (let index = 0; index < REQUESTS; index++) await publish('slow', index)
  for (let index = 0; index < REQUESTS; index++) await publish('fast', index)
  await until(() => accepted.size === REQUESTS, 5_000)
  expect(worker.stats().taken).toBe(REQUESTS)

  // And once it answers, nothing of its own is lost. (Where a call hangs, that takes as long as the call may.)
  let ids = 0
  slow.answer = (response) => answerJson(response, 202, { requestId: `slow-${++ids}` })
  if (how === NEVER_ANSWERS) return
  await until(() => worker?.stats().taken === 2 * REQUESTS, 10_000)
})
