/** How a resource manager's registration is run. */
import { defineEntity } from '../../runtime/entity.ts'
import { RESOURCE_MANAGER } from '../addresses.ts'
import { decide, evolve, initial, react } from './machine.ts'
import { command, event, state } from './protocol.ts'

export const resourceManagerEntity = () =>
  defineEntity({
    kind: RESOURCE_MANAGER,
    version: 1,
    command,
    event,
    state,
    initial,
    decide,
    evolve,
    react,
    fields: ({ name, resourceManager }) => resourceManager && { name, ...resourceManager },
  })
