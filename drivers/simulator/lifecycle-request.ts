/** What the resource driver API says to the simulator, as the requests that the simulated infrastructure knows. Pure. */
import { z } from 'zod'
import { driverRequest, type DriverRequest, type PropertyValue, type ResolvedLocation } from '../protocol.ts'

/** Zod's records leave out an entry named `__proto__` without a word; here it's refused, so that nothing is lost. */
const record = <Value extends z.ZodType>(value: Value) =>
  z
    .unknown()
    .superRefine((given, context) => {
      if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__'))
        context.addIssue({ code: 'custom', path: ['__proto__'], message: "can't be used as a name: take another" })
    })
    .pipe(z.record(z.string(), value))

/** A value, or a key of which only the name matters here. */
const typed = z.looseObject({
  type: z.string().optional(),
  value: z.unknown().optional(),
  keyName: z.string().optional(),
})
const typedValues = record(typed)
const location = z.object({
  name: z.string().min(1),
  type: z.string().default('Simulated'),
  properties: record(z.unknown()).nullish(),
})
const base = { driverFiles: z.string(), deploymentLocation: location }

const executeBody = z.object({
  ...base,
  lifecycleName: z.string().min(1),
  systemProperties: typedValues,
  resourceProperties: typedValues.nullish(),
  requestProperties: typedValues.nullish(),
  associatedTopology: record(z.unknown()).nullish(),
})
const findBody = z.object({ ...base, instanceName: z.string().min(1) })

/** Of a wrong shape: the caller's fault (400). `notZip`: what drivers in the field answer with 500. */
export type Understood<Value> =
  | { readonly value: Value; readonly problem?: never }
  | { readonly value?: never; readonly problem: string; readonly notZip?: true }

export interface LifecycleRequest {
  readonly request: DriverRequest
  readonly location: ResolvedLocation
}

/** @param deadlineMs until when the asker waits: the API doesn't say */
export const readExecute = (body: unknown, deadlineMs: number): Understood<LifecycleRequest> => {
  const parsed = executeBody.safeParse(body)
  if (!parsed.success) return { problem: z.prettifyError(parsed.error) }
  const { lifecycleName, systemProperties, resourceProperties, requestProperties, associatedTopology } = parsed.data
  const { deploymentLocation, driverFiles } = parsed.data
  if (!isZip(driverFiles)) return NOT_ZIP
  const said = valuesOf(systemProperties)
  const request = driverRequest.safeParse({
    requestId: said['requestId'],
    resourceId: said['resourceId'],
    resourceName: said['resourceName'],
    resourceType: said['resourceType'] ?? '',
    transition: lifecycleName,
    deploymentLocation: deploymentLocation.name,
    resourceManager: said['resourceManagerId'] ?? '',
    drivers: {},
    resourceProperties: valuesOf(resourceProperties ?? {}),
    requestProperties: valuesOf(requestProperties ?? {}),
    associatedTopology: associatedTopology ?? {},
    outputNames: said['outputNames'],
    declaredTransitions: said['declaredTransitions'],
    deadlineMs,
  })
  if (!request.success) return { problem: `systemProperties: ${z.prettifyError(request.error)}` }
  return { value: { request: request.data, location: locationOf(deploymentLocation, request.data.resourceManager) } }
}

export interface FindRequest {
  readonly instanceName: string
  readonly location: ResolvedLocation
}

export const readFind = (body: unknown): Understood<FindRequest> => {
  const parsed = findBody.safeParse(body)
  if (!parsed.success) return { problem: z.prettifyError(parsed.error) }
  const { instanceName, driverFiles, deploymentLocation } = parsed.data
  return isZip(driverFiles) ? { value: { instanceName, location: locationOf(deploymentLocation, '') } } : NOT_ZIP
}

const NOT_ZIP = { problem: 'driverFiles should include binary contents of a zip file', notZip: true } as const

/** It ends with the record that every zip has at its end (perhaps with a comment behind it). */
const isZip = (base64: string): boolean => Buffer.from(base64, 'base64').lastIndexOf(Buffer.from('PK\x05\x06')) >= 0

const locationOf = (
  { name, type, properties }: z.infer<typeof location>,
  resourceManager: string,
): ResolvedLocation => ({
  name,
  type,
  resourceManager,
  properties: properties ?? {},
})

const valuesOf = (values: z.infer<typeof typedValues>): Record<string, PropertyValue> => {
  const known = Object.entries(values).flatMap(([name, { value, keyName }]) => {
    const given = value ?? keyName
    return given === undefined || given === null
      ? []
      : [[name, Array.isArray(given) ? given.map(text) : text(given)] as const]
  })
  return Object.fromEntries(known)
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
