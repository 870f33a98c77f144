/** Brings a project into the catalogue, and a deployment location for it. */
import { type Api, ApiError } from './api.ts'
import { readProjectFolder } from './project-folder.ts'

export interface Onboarded {
  readonly descriptors: readonly { readonly name: string; readonly created: boolean }[]
  readonly warnings: readonly string[]
}

export const onboardFolder = async (api: Api, folder: string): Promise<Onboarded> => {
  const files = await readProjectFolder(folder)
  return (await api.post('/api/runtime/projects', { files })).value as Onboarded
}

/** A place where everything is simulated, whatever drivers its resources name. Left as it is if it is there already. */
export const simulatedLocation = async (api: Api, name: string): Promise<void> => {
  try {
    await api.post('/api/deploymentLocations', {
      name,
      resourceManager: 'brent',
      infrastructureType: 'Simulated',
      description: 'simulated infrastructure',
    })
  } catch (error) {
    const isThere = await api.get(`/api/deploymentLocations/${encodeURIComponent(name)}`).then(
      () => true,
      () => false,
    )
    if (!(error instanceof ApiError) || !isThere) throw error
  }
}
