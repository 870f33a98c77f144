/** Where Redis is, and under which name a system keeps its data there. */
import { z } from 'zod'
import { setting } from '../runtime/settings.ts'

const URL_FORM = /^rediss?:\/\/[^\s,]+$/

/** Part of keys, channels and topics: no braces (they would move a shard's keys to another slot of a cluster). */
export const SYSTEM_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/

export const REDIS_SETTINGS = {
  redisUrl: setting(
    'HOMEOSTAT_REDIS_URL',
    'where Redis is: `redis://host:6379`, `rediss://…` for TLS, several separated by commas for a Redis Cluster; absent: no Redis',
    z
      .string()
      .refine((text) => text.split(',').every((url) => URL_FORM.test(url.trim())), 'must be redis://… or rediss://…')
      .optional(),
  ),
  system: setting(
    'HOMEOSTAT_SYSTEM',
    'name of the system: the prefix of its keys in Redis and of its topics in Kafka, so that several can share them',
    z.string().regex(SYSTEM_NAME, 'must be letters, digits, `.`, `_`, `-`, at most 64').default('homeostat'),
  ),
}
