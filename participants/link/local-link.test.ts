import { describe, expect, it, vi } from 'vitest'
import type { ParticipantIdentity } from '../protocol/addressee.ts'
import type { Concept } from '../protocol/concept.ts'
import {
  askStatus,
  changeState,
  concept,
  define,
  elementId,
  elementOrder,
  instantiate,
  LOOP,
} from '../testing/orders.ts'
import { settled } from '../testing/participant-world.ts'
import { localHub } from './local-link.ts'

const who = (id: string, type = 'type'): ParticipantIdentity => ({
  participantId: concept(id),
  participantType: concept(type),
})
const [A, B, C] = [who('a'), who('b'), who('c', 'other')]

/** Three participants which note what they get. */
const three = (holds: (id: string, loop: Concept) => boolean = () => false, ordersWaitingMax?: number) => {
  const hub = localHub({
    onReport: async () => undefined,
    ...(ordersWaitingMax !== undefined && { ordersWaitingMax }),
  })
  const got: string[] = []
  const links = [A, B, C].map((identity) => {
    const link = hub.connect(identity)
    const { name } = identity.participantId
    link.subscribe(
      (order) => got.push(`${name} ${order.type}`),
      (loop) => holds(name, loop),
    )
    return link
  })
  return { hub, got, links }
}

describe('an order reaches', () => {
  it.each([
    ['everybody, if it is for all', define(), ['a define', 'b define', 'c define']],
    ['those of a type', define(undefined, { to: { participantType: concept('type') } }), ['a define', 'b define']],
    ['one', askStatus({ to: B }), ['b ask-status']],
    ['nobody, if there is none', askStatus({ to: who('nobody') }), []],
    ['nobody of another type', askStatus({ to: { ...B, participantType: concept('other') } }), []],
    [
      'those whose elements are instantiated',
      instantiate([elementOrder(elementId())], { identity: C }),
      ['c instantiate'],
    ],
    ['those that have something of the loop', changeState('RUNNING'), ['b change-state']],
    [
      'the one that is meant, even if it has nothing of the loop',
      changeState('PASSIVE', { to: A }),
      ['a change-state'],
    ],
  ])('%s', async (_whom, order, expected) => {
    const { hub, got } = three((id, loop) => id === 'b' && loop.name === LOOP.name)
    hub.deliver(order)
    expect(got).toEqual([])
    await settled()
    expect(got).toEqual(expected)
  })

  it('its participants in the order in which orders came', async () => {
    const { hub, got } = three(() => true)
    hub.deliver(changeState('RUNNING', { to: A }))
    for (let count = 0; count < 1_000; count++) hub.deliver(askStatus({ to: A }))
    hub.deliver(define(undefined, { to: A }))
    await vi.waitUntil(() => got.length === 1_002)
    expect(got[0]).toBe('a change-state')
    expect(got.at(-1)).toBe('a define')
  })
})

it('drops what is too much, and says so', async () => {
  const { hub, got, links } = three(undefined, 2)
  for (let count = 0; count < 5; count++) hub.deliver(askStatus({ to: A }))
  await settled()
  expect(got).toHaveLength(2)
  expect(links[0]?.stats()).toMatchObject({ received: 2, dropped: 3 })
})

it('knows who is connected, and lets nobody be so twice', async () => {
  const { hub, got, links } = three()
  expect(() => hub.connect(A)).toThrow(expect.objectContaining({ code: 'in-use' }))
  await links[0]?.close()
  expect(hub.has(A.participantId)).toBe(false)
  hub.deliver(askStatus({ to: A }))
  await settled()
  expect(got).toEqual([])
  await expect(links[0]?.send({ ...A, type: 'register', messageId: 'm' })).rejects.toMatchObject({ code: 'closed' })
  expect(hub.connect(A).stats()).toMatchObject({ received: 0 })
})
