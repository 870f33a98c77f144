/** Templates, definitions and loops that all speak at once, in whatever order: they always come to agree. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSameConcept } from '../../participants/protocol/concept.ts'
import { defineEntity } from '../../runtime/entity.ts'
import { controlLoopRef, definitionRef, serviceTemplateRef } from '../addresses.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { controlLoopDefinitionEntity } from '../control-loop-definition/entity.ts'
import type { DefinitionState } from '../control-loop-definition/protocol.ts'
import { command as loopCommand } from '../control-loop/protocol.ts'
import { z } from 'zod'
import { loopTypeOf } from './content.ts'
import { serviceTemplateEntity } from './entity.ts'
import type { TemplateState } from './protocol.ts'
import { PairwiseWorld } from './testing/pairwise-world.ts'
import { contentOf, named } from './testing/sample-template.ts'

const TEMPLATES = ['one', 'two'].map(named)
const TYPES = ['a', 'b', 'c']

/** A loop that only hears whether it was admitted. */
const loopEar = defineEntity({
  kind: controlLoopRef(named('x')).kind,
  version: 1,
  command: loopCommand,
  event: z.object({ type: z.literal('admitted') }),
  state: z.object({ isAdmitted: z.boolean() }),
  initial: () => ({ isAdmitted: false }),
  decide: (_, command) => {
    if (command.type !== 'admission-answered') return { events: [] }
    const { refused } = command
    if (refused !== undefined) return { reject: { code: 'refused', reason: refused } }
    return { events: [{ type: 'admitted' as const }], reply: {} }
  },
  evolve: () => ({ isAdmitted: true }),
  react: () => [],
})

const typesOf = (...types: readonly string[]) =>
  Object.fromEntries(types.map((type) => [type, { elements: { [`${type}-element`]: 'http' } }]))
/** Few, so that several often order the same, and more often what contradicts each other. */
const content = fc.constantFrom(
  contentOf(typesOf('a', 'b')),
  contentOf(typesOf('b', 'a', 'c')),
  contentOf(typesOf('c', 'b'), 2),
)
const which = fc.constantFrom(...TEMPLATES)
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('commission' as const), template: which, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('decommission' as const), template: which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('admit' as const), type: fc.constantFrom(...TYPES) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dismiss' as const) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('step' as const), choice: fc.nat(1_000) }) },
)

const definitionNames = TYPES.map(named)

test('everybody is answered, nothing is left half done, and each type belongs to the template that has it', () => {
  let [agreed, refused] = [0, 0]
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 120, size: 'max' }), (actions) => {
      const world = new PairwiseWorld([
        serviceTemplateEntity(DEFAULT_ACTORS_CONFIG),
        controlLoopDefinitionEntity(DEFAULT_ACTORS_CONFIG),
        loopEar,
      ])
      const askers: number[] = []
      const loops: { readonly loop: ReturnType<typeof named>; readonly type: string; isDismissed: boolean }[] = []
      for (const one of actions)
        switch (one.do) {
          case 'commission':
            askers.push(
              world.ask(serviceTemplateRef(one.template), { type: 'commission', content: one.content } as never),
            )
            break
          case 'decommission':
            askers.push(world.ask(serviceTemplateRef(one.template), { type: 'decommission' }))
            break
          case 'admit': {
            const loop = named(`loop-${loops.length}`)
            loops.push({ loop, type: one.type, isDismissed: false })
            const message = { type: 'admit', loop, elements: [named(`${one.type}-element`)] }
            askers.push(world.ask(definitionRef(named(one.type)), message))
            break
          }
          case 'dismiss': {
            const found = loops.find(
              ({ loop, isDismissed }) =>
                !isDismissed && world.state<{ isAdmitted: boolean }>(controlLoopRef(loop)).isAdmitted,
            )
            if (!found) break
            found.isDismissed = true
            world.ask(definitionRef(named(found.type)), { type: 'dismiss', loop: found.loop } as never)
            break
          }
          case 'step':
            world.step(one.choice)
        }
      world.settle()

      for (const asker of askers) {
        const reply = world.replies.get(asker)
        expect(reply, `asker ${asker} has a reply`).toBeDefined()
        // `null` would be the reply of somebody who dropped it on the way.
        if (reply?.ok) expect(reply.value).not.toBeNull()
        if (reply?.ok) agreed++
        else refused++
      }
      const templates = TEMPLATES.map((name) => world.state<TemplateState>(serviceTemplateRef(name)))
      for (const { presence, next, content: has } of templates) {
        expect(['absent', 'commissioned']).toContain(presence)
        expect(next).toBeNull()
        expect(has !== null).toBe(presence === 'commissioned')
      }
      for (const name of definitionNames) {
        const owners = templates.filter((template) => loopTypeOf(template.content, name))
        const found = world.state<DefinitionState>(definitionRef(name))
        expect(owners.length).toBeLessThanOrEqual(1)
        const [owner] = owners
        expect(found.claim).toBeNull()
        expect(found.presence).toBe(owner ? 'commissioned' : 'absent')
        if (!owner) continue
        expect(found.template && isSameConcept(found.template, owner.id)).toBe(true)
        expect([found.revision, found.definition]).toEqual([owner.revision, loopTypeOf(owner.content, name)?.type])
        const alive = loops.filter(
          ({ loop, type, isDismissed }) =>
            type === name.name && !isDismissed && world.state<{ isAdmitted: boolean }>(controlLoopRef(loop)).isAdmitted,
        )
        expect(found.loops).toBe(alive.length)
      }
    }),
    { numRuns: 400 },
  )
  expect(agreed).toBeGreaterThan(500)
  expect(refused).toBeGreaterThan(500)
})
