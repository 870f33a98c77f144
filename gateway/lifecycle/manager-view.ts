/** Resource managers as clients know them. Pure. */
import { z } from 'zod'

/** The built-in one: it is always there, and everything that no other claims is its own. */
export const BUILT_IN_MANAGER = 'brent'

export const managerView = z
  .object({ name: z.string(), type: z.string(), url: z.string() })
  .meta({ id: 'ResourceManager' })

const outcome = z.object({
  operation: z.enum(['ADD', 'UPDATE']),
  success: z.boolean(),
  reason: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
})

export const managerReport = z
  .object({
    resourceManagerOperation: z.enum(['ADD', 'UPDATE']),
    deploymentLocations: z.record(z.string(), outcome),
    resourceTypes: z.record(z.string(), outcome),
  })
  .meta({ id: 'ResourceManagerReport' })

/** What came with a manager: of the built-in one, everything that is here; of any other, nothing yet. */
export const viewReport = (
  operation: 'ADD' | 'UPDATE',
  locations: readonly string[],
  types: readonly string[],
): z.infer<typeof managerReport> => {
  const all = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, { operation, success: true, reason: null, details: {} }]))
  return { resourceManagerOperation: operation, deploymentLocations: all(locations), resourceTypes: all(types) }
}
