/** Requests and locations for tests. */
import type { DriverRequest, ResolvedLocation } from '../protocol.ts'

export const ALL_TRANSITIONS = [
  'Create',
  'Install',
  'Configure',
  'Start',
  'Integrity',
  'Stop',
  'Uninstall',
  'Delete',
  'Reconfigure',
] as const

export const sampleRequest = (given: Partial<DriverRequest> = {}): DriverRequest => ({
  requestId: 'request-1',
  resourceId: 'resource-1',
  resourceName: 'voice__gateway',
  resourceType: 'resource::gateway::1.0',
  transition: 'Create',
  deploymentLocation: 'lab',
  resourceManager: 'brent',
  drivers: { simulator: ['*'] },
  resourceProperties: {},
  requestProperties: {},
  associatedTopology: {},
  declaredTransitions: [...ALL_TRANSITIONS],
  deadlineMs: 1_700_000_900_000,
  ...given,
})

export const sampleLocation = (given: Partial<ResolvedLocation> = {}): ResolvedLocation => ({
  name: 'lab',
  type: 'Simulated',
  resourceManager: 'brent',
  properties: {},
  ...given,
})
