/** How a process is run. */
import { defineEntity, type EntityFields, type Waiting } from '../../runtime/entity.ts'
import { placementOfId, PROCESS } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { isoTime } from '../live.ts'
import { waitsFor } from '../model/plan-schedule.ts'
import { ownEntry } from '../own-entry.ts'
import { evolve, initial } from './evolution.ts'
import { decide, taskTitle } from './machine.ts'
import { ownerOf } from './orders.ts'
import { phaseOf } from './progress.ts'
import { command, event, type ProcessState, state } from './protocol.ts'
import { react } from './reactions.ts'

/** Beyond it the rest of the tasks that wait isn't told; all of them are in the plan. */
const WAITING_TOLD_MAX = 200

export const processEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: PROCESS,
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

const fields = (process: ProcessState): EntityFields | null =>
  process.intent && {
    id: process.id,
    assemblyId: process.assembly.id,
    assemblyName: process.assembly.name,
    assemblyType: process.assembly.type,
    rootName: process.root.name,
    intentType: process.intent.type,
    status: process.status,
    startTime: isoTime(process.startedAtMs),
    endTime: process.endedAtMs === undefined ? '' : isoTime(process.endedAtMs),
  }

const waiting = (process: ProcessState): readonly Waiting[] => {
  if (process.phase === 'ended') return []
  if (process.phase === 'extending')
    return [{ for: `a plan to make ${process.fullerHealOf} anew`, kind: 'entity', on: `assembly/${process.root.name}` }]
  const told: Waiting[] = []
  const phase = phaseOf(process)
  for (const task of process.plan.tasks) {
    if (told.length >= WAITING_TOLD_MAX) break
    const progress = ownEntry(process.tasks, task.id)
    if (progress?.status === 'In Progress' && 'instance' in task) {
      const owner = ownerOf(process, task.instance)
      told.push({
        for: `${taskTitle(task)} (attempt ${progress.attempt})`,
        kind: 'task',
        ...(owner ? { on: `resource/${owner.id}` } : {}),
        ...(progress.startedAtMs === undefined ? {} : { sinceMs: progress.startedAtMs }),
        ...(progress.nextAtMs === undefined ? {} : { next: { what: 'the next attempt', atMs: progress.nextAtMs } }),
      })
    } else if (!progress && process.phase === 'running') {
      for (const { task: on, reason, note } of waitsFor(process.plan, phase, task.id))
        told.push({
          for: `${taskTitle(task)} waits (${reason}${note === undefined ? '' : `: ${note}`})`,
          kind: 'dependency',
          on,
        })
    }
  }
  return told
}
