/** How the heal policies of a resource are run. */
import { defineEntity, type Waiting } from '../../runtime/entity.ts'
import { HEAL_POLICY, placementOfId } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { ownEntry } from '../own-entry.ts'
import { decide, evolve, initial, react } from './machine.ts'
import { command, event, type HealPolicyState, state } from './protocol.ts'

export const healPolicyEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: HEAL_POLICY,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(config),
    evolve,
    react,
    placement: placementOfId,
    waiting,
    limits: { snapshotEveryEvents: config.snapshotEveryEvents, historyEventsMax: config.historyEventsMax },
  })

const waiting = ({ order, rules, counts, active }: HealPolicyState): readonly Waiting[] => {
  if (order)
    return [{ for: 'the heal that it ordered', kind: 'entity', on: `process/${order.processId}`, sinceMs: order.atMs }]
  if (!active) return rules.length > 0 ? [{ for: 'the resource to become Active', kind: 'entity' }] : []
  return rules.map(({ metric, smoothing }) => ({
    for: `breaches of ${metric}: ${ownEntry(counts, metric)?.breaches ?? 0} of ${smoothing} in a row so far`,
    kind: 'metric',
    on: metric,
  }))
}
