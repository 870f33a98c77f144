/** Services with their configuration, as the API shows them. */
import { z } from 'zod'
import { settingsOf, VALUE_CHARS_MAX } from '../../actors/service/configurable.ts'
import type { ServiceState } from '../../actors/service/protocol.ts'
import { timeText } from '../routes.ts'
import { instanceView, stateCounts } from './instance-view.ts'

export const serviceSummary = z
  .object({
    service: z.string(),
    instances: stateCounts,
    configurationVersion: z.number().int().meta({ description: '0: it was never configured' }),
    behind: z
      .number()
      .int()
      .meta({ description: 'running instances that work with another version of the configuration' }),
  })
  .meta({ id: 'ServiceSummary' })

const values = z
  .record(z.string(), z.string())
  .meta({ description: 'what is configured, as text; anything else is as its node was started' })

/** More than any service has; the service itself checks which there are. */
const SETTINGS_MAX = 100
const KEY_CHARS_MAX = 100

export const newValues = z
  .record(z.string().min(1).max(KEY_CHARS_MAX), z.string().max(VALUE_CHARS_MAX))
  .refine((record) => Object.keys(record).length <= SETTINGS_MAX, `more than ${SETTINGS_MAX} settings`)
  .meta({ id: 'ServiceValues' })

export const configurationView = z
  .object({
    version: z.number().int().meta({ description: 'rises with each change; 0: it was never configured' }),
    changedAt: z.string().optional(),
    changedBy: z.string().optional(),
    values,
  })
  .meta({ id: 'ServiceConfiguration' })

const settingView = z
  .object({
    key: z.string(),
    meaning: z.string(),
    expected: z.string().meta({ description: 'what a value must be' }),
    default: z.string().meta({ description: 'what a node takes that isn’t told otherwise' }),
    value: z.string().optional().meta({ description: 'absent: not configured' }),
  })
  .meta({ id: 'ServiceSetting' })

export const serviceView = z
  .object({
    service: z.string(),
    configuration: configurationView,
    settings: z.array(settingView).meta({ description: 'what can be configured while it runs' }),
    instances: z.array(instanceView),
  })
  .meta({ id: 'Service' })

export const viewConfiguration = (stored: ServiceState | undefined): z.infer<typeof configurationView> => ({
  version: stored?.version ?? 0,
  ...(stored && stored.version > 0 ? { changedAt: timeText(stored.changedAtMs), changedBy: stored.changedBy } : {}),
  values: { ...stored?.values },
})

export const viewSettings = (
  service: string,
  configured: Readonly<Record<string, string>>,
): z.infer<typeof settingView>[] =>
  Object.entries(settingsOf(service)).map(([key, { meaning, expected, default: usual }]) => ({
    key,
    meaning,
    expected,
    default: usual,
    ...(configured[key] === undefined ? {} : { value: configured[key] }),
  }))
