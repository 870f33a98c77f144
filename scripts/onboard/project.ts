/** A project folder, into the catalogue. */
import type { Api } from '../../console/api.ts'
import { onboardFolder, simulatedLocation } from '../../console/onboard.ts'
import { orderAssembly, type Print } from '../../console/order.ts'

export interface ProjectOrder {
  /** Of the assembly; none: nothing is ordered. */
  readonly name: string | undefined
  readonly descriptor: string | undefined
  readonly state: string | undefined
  readonly properties: Readonly<Record<string, string>>
  readonly location: string | undefined
}

/** @returns whether what was ordered was done */
export const onboardProject = async (api: Api, folder: string, order: ProjectOrder, print: Print): Promise<boolean> => {
  const onboarded = await onboardFolder(api, folder)
  for (const { name, created } of onboarded.descriptors) print(`${created ? 'added' : 'replaced'}  ${name}`)
  for (const warning of onboarded.warnings) print(`warning: ${warning}`)
  const { name: assemblyName, state: intendedState = 'Active' } = order
  if (assemblyName === undefined) return true
  const assemblies = onboarded.descriptors.map(({ name }) => name).filter((name) => name.startsWith('assembly::'))
  const descriptorName = order.descriptor ?? assemblies.at(-1)
  if (descriptorName === undefined) throw new Error(`${folder} has no assembly that could be ordered`)
  const location = order.location ?? (await defaultLocation(api, descriptorName))
  if (location !== undefined) await simulatedLocation(api, location)
  const properties = {
    ...(order.location === undefined ? {} : { deploymentLocation: order.location }),
    ...order.properties,
  }
  const status = await orderAssembly(api, { assemblyName, descriptorName, intendedState, properties }, print)
  return status === 'Completed'
}

/** The default of `deploymentLocation`, if the descriptor has one. */
const defaultLocation = async (api: Api, descriptorName: string): Promise<string | undefined> => {
  const response = await fetch(`${api.url}/api/catalog/descriptors/${encodeURIComponent(descriptorName)}`)
  const found = /^ {2}deploymentLocation:\s*\n(?: {4}.*\n)*? {4}default:\s*['"]?([\w.-]+)/m.exec(await response.text())
  return found?.[1]
}
