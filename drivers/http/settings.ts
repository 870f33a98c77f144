/** Settings of the external drivers. */
import { z } from 'zod'
import { setting } from '../../runtime/settings.ts'

/** What the resource driver API calls it: drivers publish on it by default, whatever system reads it. */
export const COMPLETION_EVENTS_TOPIC = 'lm_vnfc_lifecycle_execution_events'

export interface ExternalDriver {
  /** As descriptors name it: `ansible`, `kubernetes`, … */
  readonly type: string
  /** Without a slash at the end; `/api/driver/…` follows it. */
  readonly url: string
}

const TYPE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/
const EXAMPLE = 'ansible=http://ansible-driver:8293'

const problemOf = (entry: string): string | undefined => {
  const at = entry.indexOf('=')
  if (at < 0) return `'${entry}' isn't <type>=<url>, for instance ${EXAMPLE}`
  const type = entry.slice(0, at).trim()
  const text = entry.slice(at + 1).trim()
  if (!TYPE.test(type)) return `'${type}' can't be a driver's type: letters, digits, dots, dashes and underscores`
  if (!URL.canParse(text)) return `'${text}' of driver '${type}' is no URL; it looks like ${EXAMPLE.split('=')[1]}`
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `the URL of driver '${type}' is neither http nor https`
  if (url.username !== '' || url.password !== '')
    return `the URL of driver '${type}' holds a user or password, which would end up in messages and logs`
  if (url.search !== '' || url.hash !== '') return `the URL of driver '${type}' ends at its path: no '?' and no '#'`
  return undefined
}

const externalDrivers = z
  .string()
  .default('')
  .transform((text, context): readonly ExternalDriver[] => {
    const entries = text.split(',').map((entry) => entry.trim())
    const found = new Map<string, ExternalDriver>()
    for (const entry of entries.filter((each) => each !== '')) {
      const at = entry.indexOf('=')
      const type = entry.slice(0, at).trim()
      const problem = problemOf(entry) ?? (found.has(type) ? `driver '${type}' is named twice` : undefined)
      if (problem === undefined)
        found.set(type, { type, url: new URL(entry.slice(at + 1).trim()).href.replace(/\/+$/, '') })
      else context.addIssue({ code: 'custom', message: problem })
    }
    return [...found.values()]
  })

export const DRIVER_SETTINGS = {
  drivers: setting(
    'HOMEOSTAT_DRIVERS',
    `external drivers as \`<type>=<url>\`, separated by commas, for instance \`${EXAMPLE}\`; one of type \`simulator\` takes the place of the built-in one; default: none`,
    externalDrivers,
  ),
  eventsTopic: setting(
    'HOMEOSTAT_DRIVER_EVENTS_TOPIC',
    'topic of the completion events of external drivers, if they were told to publish on another one',
    z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,249}$/, 'up to 249 letters, digits, dots, dashes and underscores')
      .default(COMPLETION_EVENTS_TOPIC),
  ),
  tenantId: setting(
    'HOMEOSTAT_DRIVER_TENANT',
    'what external drivers are told as `tenantId`; default: nothing',
    z
      .string()
      .regex(/^[\x21-\x7e]{1,200}$/, 'up to 200 printable characters without spaces')
      .optional(),
  ),
}
