/** Requests in the words of the resource driver API. Pure. */
import type { DriverRequest, PropertyValue, PropertyValues, ResolvedLocation } from '../protocol.ts'

/**
 * A zip without entries, in base64. Drivers check that `driverFiles` is a zip; the files of resource packages aren't
 * stored here yet.
 */
export const EMPTY_ZIP = Buffer.from([0x50, 0x4b, 0x05, 0x06, ...Array<number>(18).fill(0)]).toString('base64')

export interface TypedValue {
  readonly type: 'string' | 'list'
  readonly value: PropertyValue
}

const typed = (value: PropertyValue): TypedValue => ({ type: typeof value === 'string' ? 'string' : 'list', value })

/** A property with the name `__proto__` is one like any other. */
const typedValues = (values: PropertyValues): Readonly<Record<string, TypedValue>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typed(value)]))

const placeOf = ({ name, type, properties }: ResolvedLocation) => ({ name, type, properties })

/**
 * @param typeHints also say, as further system properties, which outputs are expected and which transitions the type
 * declares; drivers in the field know that from their files, our own simulator has none
 */
export const executeBody = (request: DriverRequest, location: ResolvedLocation, typeHints: boolean) => ({
  lifecycleName: request.transition,
  driverFiles: EMPTY_ZIP,
  systemProperties: typedValues({
    resourceId: request.resourceId,
    resourceName: request.resourceName,
    requestId: request.requestId,
    metricKey: request.resourceId,
    resourceManagerId: request.resourceManager,
    deploymentLocation: location.name,
    resourceType: request.resourceType,
    ...(typeHints && request.outputNames && { outputNames: request.outputNames }),
    ...(typeHints && request.declaredTransitions && { declaredTransitions: request.declaredTransitions }),
  }),
  resourceProperties: typedValues(request.resourceProperties),
  requestProperties: typedValues(request.requestProperties),
  associatedTopology: request.associatedTopology,
  deploymentLocation: placeOf(location),
})

/** Properties that say what is looked for, in the order in which they count. */
const INSTANCE_NAMES = ['instanceName', 'instance', 'name'] as const

export const findBody = (request: DriverRequest, location: ResolvedLocation) => ({
  instanceName: instanceNameOf(request),
  driverFiles: EMPTY_ZIP,
  deploymentLocation: placeOf(location),
})

/** No source settles which property of a reference names what it refers to; without any it is the reference's own name. */
const instanceNameOf = ({ requestProperties, resourceProperties, resourceName }: DriverRequest): string => {
  for (const properties of [requestProperties, resourceProperties])
    for (const name of INSTANCE_NAMES) {
      const value = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (typeof value === 'string' && value !== '') return value
    }
  return resourceName
}
