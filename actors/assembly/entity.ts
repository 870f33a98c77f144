/** How an assembly is run. */
import { defineEntity, type EntityFields, type Waiting } from '../../runtime/entity.ts'
import { ASSEMBLY, placementOfName } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { isoTime } from '../live.ts'
import { evolve, initial } from './evolution.ts'
import { decide } from './machine.ts'
import { type AssemblyState, command, event, state } from './protocol.ts'
import { react } from './reactions.ts'

export const assemblyEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: ASSEMBLY,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(config),
    evolve: evolve(config.rememberedOrdersMax),
    react: react(config),
    placement: placementOfName,
    fields,
    waiting,
    limits: { snapshotEveryEvents: config.snapshotEveryEvents, historyEventsMax: config.historyEventsMax },
  })

const fields = (assembly: AssemblyState): EntityFields | null => {
  if (assembly.presence === 'absent') return null
  const { lastTransition } = assembly
  return {
    id: assembly.id,
    name: assembly.name,
    root: assembly.role === 'root' ? 'true' : 'false',
    state: assembly.state ?? '',
    descriptorName: assembly.descriptorName,
    createdAt: isoTime(assembly.createdAtMs),
    lastModifiedAt: isoTime(assembly.lastModifiedAtMs),
    ...(lastTransition
      ? {
          transitionId: lastTransition.id,
          transitionIntentType: lastTransition.intentType,
          transitionStatus: lastTransition.status,
          transitionStartedAt: isoTime(lastTransition.startedAtMs),
          transitionEndedAt: lastTransition.endedAtMs === undefined ? '' : isoTime(lastTransition.endedAtMs),
        }
      : {}),
  }
}

const waiting = ({ process }: AssemblyState): readonly Waiting[] =>
  process
    ? [
        {
          for: `process ${process.id} (${process.intent.type}) to end`,
          kind: 'entity',
          on: `process/${process.id}`,
          sinceMs: process.startedAtMs,
        },
      ]
    : []
