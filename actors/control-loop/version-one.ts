/**
 * Events as version 1 stored them, in the shape of version 2: in version 1 a step and its first orders were an event each, and so
 * was each element that changed. States are the same in both.
 */
import type { Lift } from '../../runtime/entity.ts'

export const liftEvent: Lift = (stored) => {
  const event = stored as { readonly type?: unknown; readonly atMs?: unknown }
  switch (event.type) {
    case 'step-started':
      // Its orders are in the event after it.
      return { ...event, sendings: [] }
    case 'sent':
      return { ...event, type: 'sent-again' }
    case 'element-changed': {
      const { type: _type, atMs, ...change } = event
      return { type: 'elements-changed', atMs, elements: [change] }
    }
    default:
      return stored
  }
}

export const liftState: Lift = (stored) => stored
