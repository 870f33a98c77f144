/** Loops of whatever is commissioned, with all of their elements, and a participant for each. */
import { expect } from 'vitest'
import { definitionRef } from '../../../actors/addresses.ts'
import type { DefinitionState } from '../../../actors/control-loop-definition/protocol.ts'
import { type Concept, conceptOf, conceptText, isSameConcept } from '../../../participants/protocol/concept.ts'
import { until } from '../../../runtime/testing/until.ts'
import { ONAP, type LoopApi } from './loop-api.ts'

interface ShownDefinition extends Concept {
  readonly elements: readonly { readonly definition: Concept; readonly participantType: Concept }[]
}

const definitionsOf = async (api: LoopApi): Promise<readonly ShownDefinition[]> => {
  const path = '/api/runtime/control-loop-definitions'
  const { definitions } = await api.get<{ definitions: Concept[] }>(path)
  return Promise.all(definitions.map((id) => api.get<ShownDefinition>(`${path}/${id.name}/${id.version}`)))
}

export interface WantedElement {
  readonly definition: Concept
  readonly participantId: Concept
}

/** One for each type, named after it; they know what is commissioned. `elements`: those that name others. */
export const registerAll = async (api: LoopApi, elements: readonly WantedElement[] = []): Promise<void> => {
  const definitions = await definitionsOf(api)
  const known = definitions.flatMap((definition) => definition.elements)
  const wanted = new Map(known.map(({ participantType: type }) => [conceptText(type), type]))
  for (const { definition, participantId } of elements) {
    const type = known.find((one) => isSameConcept(one.definition, definition))?.participantType
    if (type) wanted.set(conceptText(participantId), type)
  }
  for (const [id, type] of wanted) await api.comes(conceptOf(id), type)
  for (const { name, version, elements } of definitions)
    await until(async () => {
      const view = await api.system.parts.queries.entity<DefinitionState>(definitionRef({ name, version }))
      return elements.every(({ participantType }) => {
        const known = view?.state.knownBy[conceptText(participantType)]
        return known?.state === 'known' && known.revision === view?.state.revision
      })
    })
}

const wholeLoop = ({ name, version, elements }: ShownDefinition, number: number) => ({
  name: `loop-${number}`,
  version: '1.0.0',
  definition: { name, version },
  elements: Object.fromEntries(
    elements.map(({ definition, participantType: participantId }, index) => [
      `00000000-0000-4000-8000-${String(number * 100 + index).padStart(12, '0')}`,
      { definition, participantId },
    ]),
  ),
})

/**
 * A loop of each type goes to RUNNING and back; then all is deleted and decommissioned.
 * @returns how many elements each of them has
 */
export const lifeOfAll = async (api: LoopApi): Promise<readonly number[]> => {
  await registerAll(api)
  const definitions = await definitionsOf(api)
  const loops = definitions.map(wholeLoop)
  await api.ok(api.send('POST', `${ONAP}/instantiation`, { controlLoopList: loops }))
  const names = loops.map(({ name }) => name)
  for (const state of ['PASSIVE', 'RUNNING', 'PASSIVE', 'UNINITIALISED']) {
    await api.ok(api.order(state, ...names), 202)
    for (const name of names) await api.reaches(name, state)
  }
  for (const name of names)
    await api.ok(api.ask(`${ONAP}/instantiation?name=${name}&version=1.0.0`, { method: 'DELETE' }))
  const { serviceTemplates } = await api.get<{ serviceTemplates: Concept[] }>('/api/runtime/service-templates')
  for (const { name, version } of serviceTemplates)
    await api.ok(api.ask(`${ONAP}/commission?name=${name}&version=${version}`, { method: 'DELETE' }))
  expect(await definitionsOf(api)).toEqual([])
  return definitions.map(({ elements }) => elements.length)
}
