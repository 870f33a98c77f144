import { expect, test } from 'vitest'
import { eventsAfter, given } from '../assembly/testing/given.ts'
import { deploymentLocationEntity } from './entity.ts'
import type { DeploymentLocationCommand, DeploymentLocationEvent } from './protocol.ts'

const definition = deploymentLocationEntity()
const place = (events: readonly DeploymentLocationEvent[] = []) => given(definition, 'here', events)
const location = {
  resourceManager: 'brent',
  infrastructureType: 'Kubernetes',
  description: 'lab',
  properties: { token: 'secret' },
}
const put = (mode: 'create' | 'replace' | 'put'): DeploymentLocationCommand => ({ type: 'put', mode, location })
const there = eventsAfter(definition, 'here', [], [[put('create'), 10]])

test('put once, and listed without its properties', () => {
  const outcome = place()(put('create'), 10)
  expect(outcome.reply).toEqual({ created: true })
  expect(JSON.stringify(definition.fields?.(outcome.state))).not.toContain('secret')
  expect(place(there)(put('put'), 20)).toMatchObject({ events: [], reply: { created: false } })
})

test('modes and removal hold to whether it is there', () => {
  expect(place(there)(put('create')).reject?.code).toBe('deployment-location-exists')
  expect(place()(put('replace')).reject?.reason).toBe('Could not find deployment location with id: here')
  expect(place()({ type: 'remove' }).reject?.code).toBe('deployment-location-not-found')
  expect(place(there)({ type: 'remove' }).state).toMatchObject({ location: null })
})
