import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contextOf } from '../runtime/context.ts'
import type { Tagged } from '../runtime/entity.ts'
import { handle } from '../runtime/handling.ts'
import type { Message } from '../runtime/message.ts'
import { encodeSnapshot, foldStored } from '../runtime/stored.ts'
import { anyOf } from './assembly/testing/arbitrary.ts'
import { createDefinitions } from './definitions.ts'

/** Where not any id will do. */
const IDS: Readonly<Record<string, string>> = {
  assembly: 'asm',
  descriptor: 'resource::server::1.0',
  service: 'gateway',
  'service-instance': 'worker@node-1',
  'service-template': 'asm:1.0.0',
  'control-loop-definition': 'asm:1.0.0',
  'control-loop': 'asm:1.0.0',
  'element-statistics': 'asm:1.0.0',
  participant: 'asm:1.0.0',
  'participant-type': 'asm:1.0.0',
}
const definitions = createDefinitions().map((definition) => [definition.kind, definition] as const)

describe.each(definitions)('%s', (kind, definition) => {
  const commands = fc.array(anyOf(definition.command) as fc.Arbitrary<Tagged>, { maxLength: 20 })
  const id = IDS[kind] ?? 'p1'

  test('whatever is said to it, it throws nothing, and its events lead to the state that it is in', () => {
    fc.assert(
      fc.property(commands, (said) => {
        let state: unknown = definition.initial(id)
        const events: Uint8Array[] = []
        for (const [position, body] of said.entries()) {
          const to = { kind, id }
          const message: Message = {
            to,
            origin: 'test',
            position: [position, 0],
            atMs: position * 700,
            sender: 'test',
            trace: '',
            body,
          }
          const handled = handle(definition, state, body, contextOf(message, to, 0))
          state = handled.state
          events.push(...handled.events)
          definition.fields?.(state)
          definition.waiting?.(state)
        }
        const stored = { kind, id, version: events.length, timers: [], fields: null }
        expect(foldStored(definition, { ...stored, events })).toEqual(state)
        const snapshot = { version: events.length, value: encodeSnapshot(definition, state) }
        expect(foldStored(definition, { ...stored, snapshot, events: [] })).toEqual(state)
      }),
      { numRuns: 150 },
    )
  })
})
