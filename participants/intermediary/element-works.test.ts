import { expect, it } from 'vitest'
import type { ElementResult } from '../protocol/conversation.ts'
import { elementId, elementOrder, LOOP } from '../testing/orders.ts'
import { settled } from '../testing/participant-world.ts'
import { newElement } from './element.ts'
import { ElementWorks } from './element-works.ts'
import { OrderAnswers } from './order-answers.ts'

it('an operation that ends as it never should is answered all the same, and the element goes on', async () => {
  let rejects = true
  const done: ElementResult = { elementId: elementId(), state: 'PASSIVE', ok: true, message: 'instantiated' }
  const works = new ElementWorks({
    carryingOut: { run: () => (rejects ? Promise.reject(new Error('oh')) : Promise.resolve(done)) },
    asksPerOperationMax: 1,
    onGone: () => undefined,
  })
  const data = { order: elementOrder(elementId()), startPhase: 0 }
  const element = newElement({ loop: LOOP, key: 'Loop0:1.0.0', elements: new Map() }, data)
  const answered: ElementResult[] = []
  const order = async () => {
    works.order(element, 'PASSIVE', new OrderAnswers(LOOP, 'm', (_loop, _id, results) => answered.push(...results)))
    await settled()
  }
  await order()
  rejects = false
  await order()
  expect(answered).toMatchObject([{ elementId: elementId(), ok: false }, done])
  expect(works.size).toBe(0)
})
