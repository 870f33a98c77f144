import { expect, test } from 'vitest'
import { eventsAfter, given } from '../assembly/testing/given.ts'
import { resourceManagerEntity } from './entity.ts'
import type { ResourceManagerCommand, ResourceManagerEvent } from './protocol.ts'

const definition = resourceManagerEntity()
const manager = (events: readonly ResourceManagerEvent[] = []) => given(definition, 'brent', events)
const put = (mode: 'create' | 'replace' | 'put', url = 'http://one'): ResourceManagerCommand => ({
  type: 'put',
  mode,
  resourceManager: { type: 'Brent', url },
})
const there = eventsAfter(definition, 'brent', [], [[put('create'), 10]])

test('put says whether it was added or updated', () => {
  expect(manager()(put('create')).reply).toEqual({ operation: 'ADD' })
  const updated = manager(there)(put('put', 'http://two'), 20)
  expect(updated.reply).toEqual({ operation: 'UPDATE' })
  expect(definition.fields?.(updated.state)).toEqual({ name: 'brent', type: 'Brent', url: 'http://two' })
  expect(manager(there)(put('put')).events).toEqual([])
})

test('modes and removal hold to whether it is there', () => {
  expect(manager(there)(put('create')).reject?.code).toBe('resource-manager-exists')
  expect(manager()(put('replace')).reject?.reason).toBe(
    "Entity of type 'Resource Manager' could not be found matching: id [brent]",
  )
  expect(manager()({ type: 'remove' }).reject?.code).toBe('resource-manager-not-found')
  expect(manager(there)({ type: 'remove' }).state).toMatchObject({ resourceManager: null })
})
