/** How a scale policy is run. */
import { defineEntity, type Waiting } from '../../runtime/entity.ts'
import { placementOfName, SCALE_POLICY } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { decide, evolve, initial, react } from './machine.ts'
import { command, event, type ScalePolicyState, state } from './protocol.ts'

export const scalePolicyEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: SCALE_POLICY,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(config),
    evolve,
    react,
    placement: placementOfName,
    waiting,
    limits: { snapshotEveryEvents: config.snapshotEveryEvents, historyEventsMax: config.historyEventsMax },
  })

const waiting = ({ rule, order, suspendedBy, breaches, direction }: ScalePolicyState): readonly Waiting[] => {
  if (!rule) return []
  if (order)
    return [
      {
        for: `the scale-${order.direction} that it ordered`,
        kind: 'entity',
        on: `process/${order.processId}`,
        sinceMs: order.atMs,
      },
    ]
  if (suspendedBy !== '')
    return [{ for: 'the process that runs on the assembly', kind: 'entity', on: `process/${suspendedBy}` }]
  const counted = direction ? `${breaches} of ${rule.smoothing} in a row so far, to scale ${direction}` : 'none so far'
  return [{ for: `values of ${rule.metric} beyond its thresholds (${counted})`, kind: 'metric', on: rule.metric }]
}
