/** Settings of the node as a whole. */
import { z } from 'zod'
import { setting } from '../runtime/settings.ts'

export const MAIN_SETTINGS = {
  example: setting(
    'HOMEOSTAT_EXAMPLE',
    '`on`: the example is onboarded and, the first time, ordered; `off`: the node starts with what it has',
    z.enum(['on', 'off']).default('on'),
  ),
}
