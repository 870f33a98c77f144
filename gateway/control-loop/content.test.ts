import { expect, it } from 'vitest'
import { content } from '../../actors/service-template/protocol.ts'
import { controlLoopTypes } from '../../actors/model/tosca/control-loop-types.ts'
import { readServiceTemplate } from '../../actors/model/tosca/service-template-reader.ts'
import { contentOf } from './content.ts'
import { ACTUATORS, CLIMATE, DEFINITION, GREENHOUSE, POLICIES, WINDOW } from './testing/greenhouse-template.ts'

it('is what the entity stores: types, each element once, and what policies need', () => {
  const { template, findings } = readServiceTemplate(GREENHOUSE)
  if (!template) throw new Error(JSON.stringify(findings))
  const made = contentOf(template, controlLoopTypes(template).types)
  expect(content.parse(made)).toEqual(made)
  expect(made.loopTypes).toMatchObject([
    {
      definition: DEFINITION,
      type: {
        provider: 'Gardens',
        elements: [
          { definition: CLIMATE, participantType: POLICIES, startPhase: 0, needsFragment: true },
          { definition: WINDOW, participantType: ACTUATORS, startPhase: 1, needsFragment: false },
        ],
      },
    },
  ])
  expect(made.loopTypes[0]?.type.elements[1]?.timeoutsMs).toMatchObject({ UNINITIALISED2PASSIVE: 90_000 })
  expect(made.elements.map(({ element }) => element.definition)).toEqual([CLIMATE, WINDOW])
  expect(made.fragment).toMatchObject({ policy_types: { 'org.example.policies.Climate': {} } })
})
