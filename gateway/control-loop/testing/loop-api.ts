/** Asks a gateway over the real runtime about control loops, with participants that answer. */
import { expect } from 'vitest'
import { definitionRef, participantRef, participantTypeRef } from '../../../actors/addresses.ts'
import type { DefinitionState } from '../../../actors/control-loop-definition/protocol.ts'
import type { ParticipantState } from '../../../actors/participant/protocol.ts'
import type { ParticipantTypeState } from '../../../actors/participant-type/protocol.ts'
import { type Concept, conceptText, isSameConcept } from '../../../participants/protocol/concept.ts'
import { until } from '../../../runtime/testing/until.ts'
import { createGateway } from '../../app.ts'
import type { GatewayConfig } from '../../config.ts'
import { realSystem, type RealSystemOptions } from '../../testing/real-system.ts'
import { answeringParticipants } from './answering-participants.ts'
import { ACTUATORS, DEFINITION, GREENHOUSE, POLICIES, ROOF, RULES } from './greenhouse-template.ts'

export const ONAP = '/onap/controlloop/v2'

export interface SimpleResponse {
  readonly errorDetails: string
  readonly details: {
    readonly code: string
    readonly findings?: readonly { code: string; severity: string; path: string; message: string; line?: number }[]
    readonly nearest?: readonly string[]
  }
}

export interface ShownLoop {
  readonly name: string
  readonly version: string
  readonly state: string
  readonly orderedState: string
  readonly primed: boolean
  readonly elements: Readonly<Record<string, { id: string; state: string; propertiesMap?: Record<string, unknown> }>>
}

export const openLoopApi = async (config: Partial<GatewayConfig> = {}, options: Partial<RealSystemOptions> = {}) => {
  const system = await realSystem(config, {
    // What is registered is up to date at once, so that no loop is told later that its participant is back.
    actors: { returnDebounceMs: 1 },
    ...options,
  })
  const reported: unknown[] = []
  const gateways = system.allParts.map((parts) =>
    createGateway({ ...parts, report: (text, error) => reported.push(text, error) }),
  )
  const participants = answeringParticipants(system.parts.log, system.parts.client)
  const { queries } = system.parts

  let turn = 0
  /** Each request to the next one: any of them can take any. */
  const ask = async (path: string, init?: RequestInit): Promise<Response> => {
    const gateway = gateways[turn++ % gateways.length]
    if (!gateway) throw new Error('a system without gateways')
    return gateway.app.request(path, init)
  }
  const get = async <Body>(path: string): Promise<Body> => {
    const response = await ask(path)
    expect([path, response.status, response.status === 200 ? '' : await response.text()]).toEqual([path, 200, ''])
    return (await response.json()) as Body
  }
  const send = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })
  const yaml = (method: string, path: string, body: string) =>
    ask(path, { method, body, headers: { 'content-type': 'application/yaml' } })
  const ok = async <Body>(response: Response | Promise<Response>, status = 200): Promise<Body> => {
    const got = await response
    expect([got.status, got.status === status ? '' : await got.text()]).toEqual([status, ''])
    return (await got.json()) as Body
  }
  const refused = async (response: Response | Promise<Response>): Promise<[number, SimpleResponse]> => {
    const got = await response
    expect(got.headers.get('content-type')).toBe('application/json')
    const body = (await got.json()) as SimpleResponse
    expect(body.errorDetails).toBeTypeOf('string')
    return [got.status, body]
  }
  const loop = async (name: string): Promise<ShownLoop> => {
    const { controlLoopList } = await get<{ controlLoopList: ShownLoop[] }>(`${ONAP}/instantiation?name=${name}`)
    const [one] = controlLoopList
    if (!one) throw new Error(`there is no loop ${name}`)
    return one
  }
  const reaches = (name: string, state: string) => until(async () => (await loop(name)).state === state)
  const isKnown = async (participant: Concept): Promise<boolean> => {
    const state = (await queries.entity<DefinitionState>(definitionRef(DEFINITION)))?.state
    const known = state?.knownBy[conceptText(participant)]
    return known?.state === 'known' && known.revision === state?.revision
  }
  const isListed = async (participant: Concept, type: Concept): Promise<boolean> => {
    const ofType = await queries.entity<ParticipantTypeState>(participantTypeRef(type))
    return ofType?.state.participants[conceptText(participant)] !== undefined
  }
  const participantOf = async (id: Concept) => (await queries.entity<ParticipantState>(participantRef(id)))?.state
  /** Registers it, and waits until whoever asks about it or about its type finds it. */
  const comes = async (participant: Concept, type: Concept): Promise<void> => {
    await participants.register(participant, type)
    await until(async () => {
      const is = await participantOf(participant)
      const isHere = is?.registration === 'Registered' && is.state === 'ACTIVE' && is.arrival === null
      const isOfType = isHere && is.participantType !== null && isSameConcept(is.participantType, type)
      return isOfType && (await isListed(participant, type))
    })
  }
  /** Deregisters it, and waits until nobody finds it any more. */
  const goes = async (participant: Concept, type: Concept): Promise<void> => {
    await participants.deregister(participant, type)
    await until(async () => {
      const isHere = (await participantOf(participant))?.registration === 'Registered'
      return !isHere && !(await isListed(participant, type))
    })
  }

  return {
    system,
    participants,
    reported,
    /** All of them. */
    gateway: { unexpectedErrors: () => gateways.reduce((sum, each) => sum + each.unexpectedErrors(), 0) },
    ask,
    get,
    send,
    yaml,
    ok,
    refused,
    loop,
    reaches,
    commission: () => ok(yaml('POST', `${ONAP}/commission`, GREENHOUSE)),
    /** Both; they know what is commissioned. */
    registerAll: async () => {
      await comes(ROOF, ACTUATORS)
      await comes(RULES, POLICIES)
      await until(async () => (await isKnown(ROOF)) && (await isKnown(RULES)))
    },
    comes,
    goes,
    isKnown,
    order: (orderedState: string | undefined, ...names: string[]) =>
      send('PUT', `${ONAP}/instantiation/command`, {
        ...(orderedState === undefined ? {} : { orderedState }),
        controlLoopIdentifierList: names.map((name) => ({ name, version: '1.0.0' })),
      }),
    stop: async () => {
      participants.stop()
      await system.stop()
    },
  }
}
export type LoopApi = Awaited<ReturnType<typeof openLoopApi>>
