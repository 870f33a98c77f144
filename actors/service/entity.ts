/** How a service is run. */
import { defineEntity } from '../../runtime/entity.ts'
import { SERVICE } from '../addresses.ts'
import { CONFIGURABLE, type Configurables } from './configurable.ts'
import { decide, evolve, initial, react } from './machine.ts'
import { command, event, state } from './protocol.ts'

export const serviceEntity = (configurables: Configurables = CONFIGURABLE) =>
  defineEntity({
    kind: SERVICE,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(configurables),
    evolve,
    react,
    fields: ({ name, isKnown, version }) => (isKnown ? { name, configurationVersion: String(version) } : null),
  })
