/** Names of deployment locations and resource managers: they are ids, and stand in paths. */
import { z } from 'zod'

export const placeName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\s/\p{Cc}]+$/u, 'no blanks, slashes or control characters')
