/** A place where resources live: put and removed by people, read by driver workers. */
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import type { DeploymentLocationCommand, DeploymentLocationEvent, DeploymentLocationState } from './protocol.ts'

export const initial = (name: string): DeploymentLocationState => ({
  name,
  location: null,
  createdAtMs: 0,
  lastModifiedAtMs: 0,
})

export const decide = (
  state: DeploymentLocationState,
  command: DeploymentLocationCommand,
  context: Context,
): Decision<DeploymentLocationEvent> => {
  const atMs = context.nowMs
  const there = state.location !== null
  switch (command.type) {
    case 'put': {
      if (command.mode === 'create' && there)
        return {
          reject: {
            code: 'deployment-location-exists',
            reason: `there already is a deployment location with the name ${state.name}`,
          },
        }
      if (command.mode === 'replace' && !there) return { reject: missing(state.name) }
      const put: DeploymentLocationEvent = { type: 'put', atMs, location: command.location }
      const same = JSON.stringify(state.location) === JSON.stringify(command.location)
      return { events: same ? [] : [put], reply: { created: !there } }
    }
    case 'remove':
      return there ? { events: [{ type: 'removed', atMs }], reply: {} } : { reject: missing(state.name) }
  }
}

const missing = (name: string) => ({
  code: 'deployment-location-not-found',
  reason: `Could not find deployment location with id: ${name}`,
})

export const evolve = (state: DeploymentLocationState, event: DeploymentLocationEvent): DeploymentLocationState => {
  switch (event.type) {
    case 'put': {
      const createdAtMs = state.location ? state.createdAtMs : event.atMs
      return { ...state, location: event.location, createdAtMs, lastModifiedAtMs: event.atMs }
    }
    case 'removed':
      return { ...state, location: null, lastModifiedAtMs: event.atMs }
  }
}

export const react = (): readonly Effect[] => []
