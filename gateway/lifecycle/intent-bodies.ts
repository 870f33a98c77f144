/** The bodies of intents as clients send them, one schema per intent that is carried out. Extra fields are ignored. */
import { z } from 'zod'
import { intendedState, type IntentType } from '../../actors/model/intent.ts'

const text = z.string().min(1).max(512)
/** Exactly one is needed; the lookup refuses neither and both. */
const assembly = { assemblyName: text.optional(), assemblyId: text.optional() }

const values = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
  .refine((properties) => Object.keys(properties).length <= 1000, 'at most 1000 properties')

export const createAssembly = z
  .object({
    assemblyName: text,
    descriptorName: text,
    intendedState,
    properties: values.default({}),
    objectGroupId: z.string().nullish(),
  })
  .meta({ id: 'CreateAssemblyIntent' })
export const changeAssemblyState = z.object({ ...assembly, intendedState }).meta({ id: 'ChangeAssemblyStateIntent' })
export const deleteAssembly = z.object(assembly).meta({ id: 'DeleteAssemblyIntent' })
export const healAssembly = z
  .object({
    ...assembly,
    brokenComponentName: text.optional().meta({ description: 'full instance name, such as `asm__A`' }),
    brokenComponentId: text.optional(),
    brokenComponentMetricKey: text.optional(),
  })
  .meta({ id: 'HealAssemblyIntent' })
const scaleAssembly = { ...assembly, clusterName: text }
export const scaleOutAssembly = z.object(scaleAssembly).meta({ id: 'ScaleOutAssemblyIntent' })
export const scaleInAssembly = z.object(scaleAssembly).meta({ id: 'ScaleInAssemblyIntent' })

/** What an intent is about, before names are looked up. */
export type IntentBody =
  | ({ readonly type: 'CreateAssembly' } & z.infer<typeof createAssembly>)
  | ({ readonly type: 'ChangeAssemblyState' } & z.infer<typeof changeAssemblyState>)
  | ({ readonly type: 'DeleteAssembly' } & z.infer<typeof deleteAssembly>)
  | ({ readonly type: 'HealAssembly' } & z.infer<typeof healAssembly>)
  | ({ readonly type: 'ScaleOutAssembly' } & z.infer<typeof scaleOutAssembly>)
  | ({ readonly type: 'ScaleInAssembly' } & z.infer<typeof scaleInAssembly>)

interface IntentKind {
  readonly type: IntentType
  readonly summary: string
  readonly schema: z.ZodType
  /** An example for the OpenAPI document. */
  readonly example: object
}

/** By their names in paths. */
export const INTENTS = {
  createAssembly: {
    type: 'CreateAssembly',
    summary: 'Bring a new assembly to a state',
    schema: createAssembly,
    example: {
      assemblyName: 'voice-1',
      descriptorName: 'assembly::voice::1.0',
      intendedState: 'Active',
      properties: { deploymentLocation: 'here' },
    },
  },
  changeAssemblyState: {
    type: 'ChangeAssemblyState',
    summary: 'Bring an assembly to another state',
    schema: changeAssemblyState,
    example: { assemblyName: 'voice-1', intendedState: 'Inactive' },
  },
  deleteAssembly: {
    type: 'DeleteAssembly',
    summary: 'Take an assembly down and forget it',
    schema: deleteAssembly,
    example: { assemblyName: 'voice-1' },
  },
  healAssembly: {
    type: 'HealAssembly',
    summary: 'Heal a broken component',
    schema: healAssembly,
    example: { assemblyName: 'voice-1', brokenComponentName: 'voice-1__gateway' },
  },
  scaleOutAssembly: {
    type: 'ScaleOutAssembly',
    summary: 'Add instances to a cluster',
    schema: scaleOutAssembly,
    example: { assemblyName: 'voice-1', clusterName: 'server' },
  },
  scaleInAssembly: {
    type: 'ScaleInAssembly',
    summary: 'Take instances from a cluster',
    schema: scaleInAssembly,
    example: { assemblyName: 'voice-1', clusterName: 'server' },
  },
} as const satisfies Record<string, IntentKind>

export type IntentName = keyof typeof INTENTS

/** Intents of the field that are not carried out here (yet). */
export const UNSUPPORTED_INTENTS: readonly string[] = [
  'upgradeAssembly',
  'createOrUpgradeAssembly',
  'adoptAssembly',
  'retry',
  'rollback',
  'cancel',
]
