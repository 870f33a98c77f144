/** Which driver carries out a request. Pure. */
import type { Driver, DriverRequest, DriverSelectors, ResolvedLocation } from './protocol.ts'

/** The drivers of this process, by type. */
export type DriverRegistry = ReadonlyMap<string, Driver>

export type DriverChoice =
  { readonly driver: Driver; readonly problem?: never } | { readonly driver?: never; readonly problem: string }

export const SIMULATOR_TYPE = 'simulator'

/**
 * Of the driver types whose selector names the location's infrastructure type, the first that runs here; else of those
 * that take any (`*`), the first that runs here. The request already carries the default drivers where its transition
 * or operation names none.
 */
export const chooseDriver = (
  selectors: DriverSelectors,
  locationType: string,
  registry: DriverRegistry,
): DriverChoice => {
  const naming = (infrastructureType: string): string[] =>
    Object.entries(selectors).flatMap(([type, accepted]) => (accepted.includes(infrastructureType) ? [type] : []))
  const candidates = [...naming(locationType), ...naming('*')]
  for (const type of candidates) {
    const driver = registry.get(type)
    if (driver) return { driver }
  }
  if (candidates.length > 0)
    return { problem: `no driver of type ${quoted(candidates)} runs here (here: ${quoted([...registry.keys()])})` }
  const named = Object.entries(selectors).map(([type, accepted]) => `${type} for ${accepted.join(', ') || 'nothing'}`)
  return {
    problem:
      `no driver is selected for infrastructure type '${locationType}': ` +
      (named.length > 0 ? `the descriptor names ${named.join('; ')}` : 'the descriptor names no driver'),
  }
}

/** A location that stands for a simulated infrastructure, whatever driver the descriptors name. */
export const isSimulated = (location: ResolvedLocation, simulatedResourceManagers: ReadonlySet<string>): boolean =>
  location.properties['simulated'] === true ||
  location.properties['simulated'] === 'true' ||
  location.type.toLowerCase() === 'simulated' ||
  simulatedResourceManagers.has(location.resourceManager)

/** As `chooseDriver`, but a simulated location is always answered by the simulator. */
export const driverFor = (
  request: Pick<DriverRequest, 'drivers'>,
  location: ResolvedLocation,
  registry: DriverRegistry,
  simulatedResourceManagers: ReadonlySet<string>,
): DriverChoice => {
  if (!isSimulated(location, simulatedResourceManagers)) return chooseDriver(request.drivers, location.type, registry)
  const driver = registry.get(SIMULATOR_TYPE)
  return driver
    ? { driver }
    : { problem: `deployment location '${location.name}' is simulated, but no simulator driver runs here` }
}

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ') || 'none'
