import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../runtime/testing/manual-clock.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { define, DEFINITION, elementId, elementOrder, IDENTITY, instantiate, LOOP } from '../testing/orders.ts'
import { settled } from '../testing/participant-world.ts'
import { type TestHub, testHub } from '../testing/test-hub.ts'
import { SIMULATOR_BASE, simulatorRest } from './rest.ts'
import { type SimulatorServer, startSimulatorServer } from './server.ts'
import { type SimulatedParticipant, startSimulatorParticipant } from './simulator-participant.ts'

let hub: TestHub
let participant: SimulatedParticipant
let call: (method: string, path: string, body?: unknown) => { status: number; body: unknown }

beforeEach(async () => {
  hub = testHub()
  participant = startSimulatorParticipant(hub.connect(IDENTITY), { identity: IDENTITY, clock: new ManualClock() })
  const rest = simulatorRest({ participants: () => [participant], scripts: participant.scripts })
  call = (method, path, body) => rest(method, `${SIMULATOR_BASE}${path}`, body)
  await settled()
  hub.deliver(define())
  hub.deliver(instantiate([elementOrder(elementId(), { size: 3 })]))
  await settled()
})

const view = {
  id: elementId(),
  definition: DEFINITION,
  ...IDENTITY,
  state: 'PASSIVE',
  orderedState: 'PASSIVE',
  propertiesMap: { size: { name: 'size', type: 'integer', default: 3 } },
}

describe("ONAP's part", () => {
  it('shows a participant, and lets its state be forced', () => {
    expect(call('GET', '/participants/Participant0/1.0.0')).toMatchObject({
      status: 200,
      body: [{ ...IDENTITY.participantId, participantType: IDENTITY.participantType, participantState: 'ACTIVE' }],
    })
    expect(call('GET', '/participants/Participant0/1.0.1').body).toEqual([])
    const forced = call('PUT', '/participants', { ...IDENTITY.participantId, participantState: 'SAFE', more: 1 })
    expect(forced).toMatchObject({ status: 200, body: { response: { participantState: 'SAFE' } } })
    expect(participant.state()).toBe('SAFE')
    expect(call('PUT', '/participants', { ...LOOP, participantState: 'SAFE' }).status).toBe(404)
    expect(call('PUT', '/participants', { ...LOOP, participantState: 'ASLEEP' })).toMatchObject({
      status: 400,
      body: { errorDetails: expect.stringContaining('participantState') as string },
    })
  })

  it('shows elements of a loop or of a type, and lets their state be forced', async () => {
    expect(call('GET', '/elements/Loop0/1.0.0').body).toMatchObject({ [elementId()]: view })
    expect(call('GET', '/elements/org.example.Element/1.2.3').body).toMatchObject({ [elementId()]: view })
    expect(call('GET', '/elements/org.example.Element/1.2.4').body).toEqual({})
    expect(call('PUT', '/elements', { ...view, state: 'UNINITIALIZED' })).toMatchObject({
      status: 200,
      body: { response: { id: elementId(), state: 'UNINITIALISED' } },
    })
    await settled()
    expect(hub.of('elements-changed').at(-1)?.results).toMatchObject([{ state: 'UNINITIALISED' }])
    expect(call('PUT', '/elements', { ...view, id: elementId(9) }).status).toBe(404)
  })
})

describe('our part', () => {
  it('sets, shows and removes scripts', () => {
    const target = encodeURIComponent('org.example.Element:1.2.3')
    expect(call('PUT', `/scripts/${target}`, { failTimes: 1 }).status).toBe(200)
    expect(call('PUT', '/scripts/*', { delayMs: [5, 1] }).status).toBe(400)
    expect(call('GET', '/scripts').body).toEqual({ 'org.example.Element:1.2.3': { failTimes: 1 } })
    expect(call('DELETE', `/scripts/${target}`).body).toEqual({ removed: true })
    expect(call('DELETE', `/scripts/${target}`).body).toEqual({ removed: false })
  })

  it('silences', () => {
    expect(call('PUT', '/silence', { silent: true }).status).toBe(200)
    expect(call('GET', '/silence').body).toEqual({ silent: true })
    expect(participant.isSilent()).toBe(true)
  })
})

it.each([
  ['GET', '/nothing'],
  ['POST', '/elements'],
  ['GET', '/participants/one'],
  ['GET', '/toString'],
])('knows no %s %s', (method, path) => {
  expect(call(method, path)).toMatchObject({ status: 404, body: { errorDetails: expect.any(String) as string } })
})

describe('over HTTP', () => {
  let server: SimulatorServer
  beforeEach(async () => {
    const parts = { participants: () => [participant], scripts: participant.scripts }
    server = await startSimulatorServer({ ...parts, clock: systemClock })
  })
  afterEach(() => server.close())

  const put = (body: string) => fetch(`${server.url}${SIMULATOR_BASE}/participants?pretty`, { method: 'PUT', body })

  it('reads JSON, and says so if it is none', async () => {
    const forced = await put(JSON.stringify({ ...IDENTITY.participantId, participantState: 'SAFE' }))
    expect(forced.status).toBe(200)
    expect(participant.state()).toBe('SAFE')
    const answer = await put('{')
    expect([answer.status, await answer.json()]).toEqual([400, { errorDetails: 'the body is no JSON' }])
  })

  it.each(['//', '//x:y:z/', `//host${SIMULATOR_BASE}/scripts`, '/%zz'])('knows no %s', async (path) => {
    expect((await fetch(`${server.url}${path}`)).status).toBe(404)
  })
})
