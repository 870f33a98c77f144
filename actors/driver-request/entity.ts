/** How a driver request is run. */
import { DRIVER_REQUEST } from '../../drivers/protocol.ts'
import { defineEntity, type Waiting } from '../../runtime/entity.ts'
import { decide, DEFAULT_TIMES, type DriverRequestTimes, evolve, initial, isFinal, react } from './machine.ts'
import { command, type DriverRequestState, event, state } from './protocol.ts'

/** In no list: there is one for each call to an external driver, and it lives for minutes. */
export const driverRequestEntity = (times: DriverRequestTimes = DEFAULT_TIMES) =>
  defineEntity({
    kind: DRIVER_REQUEST,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(times),
    evolve,
    react,
    waiting,
    limits: { historyEventsMax: 64 },
  })

const waiting = ({ accepted, completions, sinceMs, untilMs }: DriverRequestState): readonly Waiting[] => {
  if (accepted && !completions.some(isFinal))
    return [
      {
        for: `the completion event of request ${accepted.requestId}`,
        kind: 'driver',
        on: accepted.requestId,
        sinceMs: accepted.atMs,
        next: { what: 'this is forgotten; the resource asks again by itself', atMs: untilMs },
      },
    ]
  if (!accepted && completions.length > 0)
    return [
      {
        for: 'somebody to say whose request this is: a completion event came, and no driver has answered with this id',
        kind: 'driver',
        sinceMs,
        next: { what: 'the event is counted as unmatched and forgotten', atMs: untilMs },
      },
    ]
  return []
}
