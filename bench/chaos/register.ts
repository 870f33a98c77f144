/** A register as an entity: what clients of the chaos run read and write, each answer naming what it was decided on. */
import { z } from 'zod'
import { defineEntity, type EntityRef } from '../../runtime/entity.ts'
import { EMPTY, type RegisterInput, type RegisterOutput } from './register-model.ts'

const command: z.ZodType<RegisterInput> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('read') }),
  z.object({ type: z.literal('write'), value: z.string() }),
  z.object({ type: z.literal('compare-and-set'), expected: z.string(), value: z.string() }),
])
const event = z.object({ type: z.literal('set'), value: z.string() })
const state = z.object({ value: z.string() })

export const register = (id: string): EntityRef => ({ kind: 'chaos-register', id })

export const registerDefinition = defineEntity<z.infer<typeof state>, RegisterInput, z.infer<typeof event>>({
  kind: 'chaos-register',
  version: 1,
  command,
  event,
  state,
  initial: () => ({ value: EMPTY }),
  decide: ({ value }, said) => {
    const isSet = said.type === 'write' || (said.type === 'compare-and-set' && said.expected === value)
    const reply: RegisterOutput = { value, isSet }
    return { events: isSet ? [{ type: 'set', value: said.value }] : [], reply }
  },
  evolve: (_current, { value }) => ({ value }),
  react: () => [],
  limits: { snapshotEveryEvents: 16, historyEventsMax: 64 },
})
