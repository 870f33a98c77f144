/** How a resource's events change it. */
import type { ResourceEntityState, ResourceEvent, ResourceTraits } from './protocol.ts'
import { mergedTopology } from './requests.ts'

export const NO_TRAITS: ResourceTraits = {
  readOnly: [],
  private: [],
  transitions: [],
  heal: [],
  metrics: {},
  watchers: {},
}

export const initial = (id: string): ResourceEntityState => ({
  id,
  identity: null,
  traits: NO_TRAITS,
  state: null,
  released: false,
  inputs: {},
  outputs: {},
  associatedTopology: {},
  deploymentLocation: '',
  resourceManager: '',
  task: null,
  ended: null,
  lastModifiedAtMs: 0,
})

export const evolve = (state: ResourceEntityState, event: ResourceEvent): ResourceEntityState => {
  switch (event.type) {
    case 'defined':
      return { ...state, identity: event.identity, traits: event.traits, released: false }
    case 'task-taken': {
      const { order } = event
      return {
        ...state,
        identity: event.identity ?? state.identity,
        inputs: order.inputs ?? state.inputs,
        deploymentLocation: order.call?.deploymentLocation ?? state.deploymentLocation,
        resourceManager: order.call?.resourceManager ?? state.resourceManager,
        task: {
          ...order,
          takenAtMs: event.atMs,
          phase: 'waiting',
          requestId: '',
          attempt: 0,
          send: 0,
          progress: 0,
          sentAtMs: event.atMs,
          dueMs: event.atMs,
        },
      }
    }
    case 'request-sent': {
      if (!state.task) return state
      const { requestId, attempt, send, deadlineMs, atMs } = event
      const progress = send === 1 ? 0 : state.task.progress
      return {
        ...state,
        task: {
          ...state.task,
          phase: 'waiting',
          requestId,
          attempt,
          send,
          progress,
          sentAtMs: atMs,
          dueMs: deadlineMs,
        },
      }
    }
    case 'progress-reported':
      if (!state.task) return state
      return { ...state, task: { ...state.task, progress: state.task.progress + 1, dueMs: event.deadlineMs } }
    case 'attempt-failed':
      if (!state.task) return state
      return { ...state, task: { ...state.task, phase: 'backing-off', dueMs: event.retryAtMs, error: event.error } }
    case 'reported':
      return {
        ...state,
        outputs: { ...state.outputs, ...event.outputs },
        associatedTopology: mergedTopology(state.associatedTopology, event.associatedTopology),
        lastModifiedAtMs: event.atMs,
      }
    case 'task-ended': {
      const gone = event.outcome.state === null
      return {
        ...state,
        state: event.outcome.state,
        task: null,
        ended: event.outcome,
        lastModifiedAtMs: event.atMs,
        // What is deleted has no outputs; if it is created again (a fuller heal), it starts from what it is given.
        ...(gone ? { outputs: {}, associatedTopology: {} } : {}),
      }
    }
    case 'released':
      return { ...state, released: true, task: null }
  }
}
