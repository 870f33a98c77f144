/** A resource manager's registration: what is behind a deployment location. */
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import type { ResourceManagerCommand, ResourceManagerEvent, ResourceManagerState } from './protocol.ts'

export const initial = (name: string): ResourceManagerState => ({
  name,
  resourceManager: null,
  createdAtMs: 0,
  lastModifiedAtMs: 0,
})

export const decide = (
  state: ResourceManagerState,
  command: ResourceManagerCommand,
  context: Context,
): Decision<ResourceManagerEvent> => {
  const atMs = context.nowMs
  const there = state.resourceManager !== null
  switch (command.type) {
    case 'put': {
      if (command.mode === 'create' && there)
        return {
          reject: {
            code: 'resource-manager-exists',
            reason: `there already is a resource manager with the name ${state.name}`,
          },
        }
      if (command.mode === 'replace' && !there) return { reject: missing(state.name) }
      const put: ResourceManagerEvent = { type: 'put', atMs, resourceManager: command.resourceManager }
      const same = JSON.stringify(state.resourceManager) === JSON.stringify(command.resourceManager)
      return { events: same ? [] : [put], reply: { operation: there ? 'UPDATE' : 'ADD' } }
    }
    case 'remove':
      return there ? { events: [{ type: 'removed', atMs }], reply: {} } : { reject: missing(state.name) }
  }
}

/** Clients look for this text. */
const missing = (name: string) => ({
  code: 'resource-manager-not-found',
  reason: `Entity of type 'Resource Manager' could not be found matching: id [${name}]`,
})

export const evolve = (state: ResourceManagerState, event: ResourceManagerEvent): ResourceManagerState => {
  switch (event.type) {
    case 'put': {
      const createdAtMs = state.resourceManager ? state.createdAtMs : event.atMs
      return { ...state, resourceManager: event.resourceManager, createdAtMs, lastModifiedAtMs: event.atMs }
    }
    case 'removed':
      return { ...state, resourceManager: null, lastModifiedAtMs: event.atMs }
  }
}

export const react = (): readonly Effect[] => []
