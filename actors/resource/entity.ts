/** How a resource is run. */
import { defineEntity, type Waiting } from '../../runtime/entity.ts'
import type { EntityFields } from '../../runtime/ports.ts'
import { placementOfId, RESOURCE } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { evolve, initial } from './evolution.ts'
import { decide } from './machine.ts'
import { command, event, type ResourceEntityState, state } from './protocol.ts'
import { react } from './reactions.ts'

export const resourceEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: RESOURCE,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(config),
    evolve,
    react: react(config),
    placement: placementOfId,
    fields,
    waiting,
    limits: { snapshotEveryEvents: config.snapshotEveryEvents, historyEventsMax: config.historyEventsMax },
  })

/** Only what doesn't change with each transition: lists cost a write per change. */
const fields = ({ identity, released, deploymentLocation }: ResourceEntityState): EntityFields | null =>
  identity && !released
    ? { name: identity.name, type: identity.type, rootName: identity.rootName, deploymentLocation }
    : null

const waiting = ({ task }: ResourceEntityState): readonly Waiting[] => {
  if (!task) return []
  const attempts = `attempt ${task.attempt} of ${task.attemptsMax}`
  switch (task.phase) {
    case 'waiting': {
      const last = task.send >= task.sendsMax
      return [
        {
          for: `a driver's answer to ${task.name} (${attempts}, sent ${task.send} of ${task.sendsMax} times)`,
          kind: 'driver',
          on: task.requestId,
          sinceMs: task.sentAtMs,
          next: {
            what: last ? 'the task is given up as unanswered' : 'the same request is sent again',
            atMs: task.dueMs,
          },
        },
      ]
    }
    case 'backing-off':
      return [
        {
          for: `the next attempt at ${task.name} (${attempts} failed: ${task.error?.code ?? 'UNKNOWN'} ${task.error?.description ?? ''})`,
          kind: 'timer',
          on: task.taskId,
          sinceMs: task.sentAtMs,
          next: { what: `attempt ${task.attempt + 1} begins`, atMs: task.dueMs },
        },
      ]
  }
}
