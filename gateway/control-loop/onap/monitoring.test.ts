/** Statistics over ONAP's API, from what participants report. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { controlLoopRef, participantRef } from '../../../actors/addresses.ts'
import type { LoopCommand } from '../../../actors/control-loop/protocol.ts'
import type { ParticipantCommand } from '../../../actors/participant/protocol.ts'
import { until } from '../../../runtime/testing/until.ts'
import { ACTUATORS, climateOf, house, ROOF, windowOf } from '../testing/greenhouse-template.ts'
import { ONAP, openLoopApi, type LoopApi } from '../testing/loop-api.ts'
import { having } from '../testing/matchers.ts'

let api: LoopApi
const path = `${ONAP}/monitoring`
const START_MS = Date.parse('2026-01-01T00:00:00Z')

interface Participants {
  readonly statisticsList: { readonly timeStamp: string; readonly eventCount: number }[]
}
interface Elements {
  readonly clElementStatistics: { readonly id: string; readonly timeStamp: string; readonly clElementUptime: number }[]
}

beforeAll(async () => {
  api = await openLoopApi()
  await api.commission()
  await api.ok(api.send('POST', `${ONAP}/instantiation`, { controlLoopList: [house(1)] }))
  const { client } = api.system.parts
  for (let hour = 0; hour < 5; hour++) {
    const atMs = START_MS + hour * 3_600_000
    const status: ParticipantCommand = {
      type: 'status-reported',
      participantType: ACTUATORS,
      generation: 'istanbul',
      sentAtMs: atMs,
      state: 'ACTIVE',
      healthStatus: 'HEALTHY',
      statistics: {
        atMs,
        state: 'ACTIVE',
        healthStatus: 'HEALTHY',
        eventCount: hour,
        lastExecutionTimeMs: 1,
        averageExecutionTimeMs: 2,
        upTimeMs: 3,
        lastEnterTimeMs: atMs,
        lastStartMs: atMs,
      },
    }
    await client.tell(participantRef(ROOF), status, { sender: 'test' })
    const elements: LoopCommand = {
      type: 'elements-reported',
      participantId: ROOF,
      sentAtMs: atMs,
      elements: [{ elementId: windowOf(1), atMs, state: 'UNINITIALISED', upTimeMs: hour }],
    }
    await client.tell(controlLoopRef({ name: 'house-1', version: '1.0.0' }), elements, { sender: 'test' })
  }
  await until(async () => {
    const found = await api.get<Participants>(`${path}/participant?name=roof&version=1.0.0`)
    const own = await api.get<Elements>(`${path}/clelements/controlloop?name=house-1&version=1.0.0`)
    return found.statisticsList.length === 5 && own.clElementStatistics.length === 5
  })
})
afterAll(() => api.stop())

it('shows participants, the newest first, narrowed by number and time', async () => {
  const { statisticsList } = await api.get<Participants>(`${path}/participant?name=roof&version=1.0.0&recordCount=2`)
  expect(statisticsList).toEqual([
    {
      participantId: ROOF,
      timeStamp: '2026-01-01T04:00:00.000Z',
      state: 'ACTIVE',
      healthStatus: 'HEALTHY',
      eventCount: 4,
      lastExecutionTime: 1,
      averageExecutionTime: 2,
      upTime: 3,
      lastEnterTime: START_MS + 4 * 3_600_000,
      lastStart: START_MS + 4 * 3_600_000,
    },
    having({ eventCount: 3 }),
  ])
  const between = `startTime=2026-01-01T01:00:00Z&endTime=2026-01-01T02:00:00Z`
  const some = await api.get<Participants>(`${path}/participant?${between}`)
  expect(some.statisticsList.map(({ eventCount }) => eventCount)).toEqual([2, 1])
  const zoned = `startTime=2026-01-01T03:00:00%2B02:00&endTime=2026-01-01T02:00:00.000000Z&recordCount=007`
  const same = await api.get<Participants>(`${path}/participant?${zoned}`)
  expect(same.statisticsList.map(({ eventCount }) => eventCount)).toEqual([2, 1])
  const ofLoop = await api.get<Participants>(`${path}/participants/controlloop?name=house-1&version=1.0.0`)
  expect(ofLoop.statisticsList).toHaveLength(5)
})

it('shows elements of a loop, and those of a participant', async () => {
  const { clElementStatistics } = await api.get<Elements>(`${path}/clelement?name=roof&version=1.0.0&recordCount=1`)
  expect(clElementStatistics).toEqual([
    {
      id: windowOf(1),
      participantId: ROOF,
      timeStamp: '2026-01-01T04:00:00.000Z',
      controlLoopState: 'UNINITIALISED',
      clElementUptime: 4,
    },
  ])
  const other = await api.get<Elements>(`${path}/clelement?name=roof&version=1.0.0&id=${climateOf(1)}`)
  expect(other.clElementStatistics).toEqual([])
})

it('refuses what it can’t find or read', async () => {
  const status = async (query: string) => (await api.refused(api.ask(`${path}/${query}`)))[0]
  expect(await status('participant?name=nobody')).toBe(404)
  expect(await status('participant?version=1.0.0')).toBe(400)
  expect(await status('participant?startTime=soon')).toBe(400)
  for (const time of ['2026-01-01', '2026-01-01T00:00:00', '1', 'Jan 1 2026', '2026-02-30T00:00:00Z', ''])
    for (const name of ['startTime', 'endTime'])
      expect([time, await status(`participant?${name}=${encodeURIComponent(time)}`)]).toEqual([time, 400])
  for (const count of ['-1', '', '0x10', '1e3', '1.0', '%201', '100001'])
    expect([count, await status(`participant?recordCount=${count}`)]).toEqual([count, 400])
  expect(await status('participants/controlloop?name=house-9&version=1.0.0')).toBe(404)
  expect(await status('clelements/controlloop?name=house-1')).toBe(400)
  expect(await status('clelement?name=nobody&version=1.0.0')).toBe(404)
})
