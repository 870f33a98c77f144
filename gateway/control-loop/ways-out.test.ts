/** A participant that is gone for good keeps no loop where it is, and can be removed itself. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ACTUATORS, house, POLICIES, ROOF, RULES } from './testing/greenhouse-template.ts'
import { ONAP, openLoopApi, type LoopApi } from './testing/loop-api.ts'
import { having, textWith } from './testing/matchers.ts'

const LOOPS = `${ONAP}/instantiation`
let api: LoopApi
beforeAll(async () => {
  api = await openLoopApi()
  await api.commission()
  await api.registerAll()
  await api.ok(api.send('POST', LOOPS, { controlLoopList: [1, 2, 3].map((number) => house(number)) }))
})
afterAll(async () => {
  expect([api.gateway.unexpectedErrors(), api.reported]).toEqual([0, []])
  await api.stop()
})

const waitingOf = async (loop: string): Promise<string> =>
  (await api.ask(`/api/runtime/control-loops/${loop}/1.0.0/waiting`)).text()

it('loops can be ordered down without any, and say for whom they wait; up they can’t', async () => {
  await api.ok(api.order('PASSIVE', 'house-1'), 202)
  await api.reaches('house-1', 'PASSIVE')
  api.participants.hold = true
  await api.ok(api.order('PASSIVE', 'house-2'), 202)
  await api.reaches('house-2', 'UNINITIALISED2PASSIVE')
  await api.goes(ROOF, ACTUATORS)
  await api.goes(RULES, POLICIES)
  await api.ok(api.order('UNINITIALISED', 'house-1', 'house-2'), 202)
  await api.reaches('house-1', 'PASSIVE2UNINITIALISED')
  expect(await waitingOf('house-1')).toContain(ROOF.name)
  // Up it can't be ordered, once the last look at its participants is long enough ago.
  await new Promise((resolve) => setTimeout(resolve, 150))
  const refused = await api.order('PASSIVE', 'house-3')
  expect([refused.status, await refused.json()]).toEqual([
    400,
    having({ errorDetails: textWith('No participants registered') }),
  ])
})

it('a participant that is here can’t be removed, nor one that nobody knows', async () => {
  const remove = async (name: string) => {
    const response = await api.ask(`/api/runtime/participants/${name}/1.0.0`, { method: 'DELETE' })
    return [response.status, ((await response.json()) as { code?: string }).code]
  }
  await api.registerAll()
  expect(await remove(ROOF.name)).toEqual([409, 'participant-not-off-line'])
  expect(await remove('nobody')).toEqual([404, 'not-found'])
})
