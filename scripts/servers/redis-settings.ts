/** As this system wants a Redis to be. */

const SETTINGS = {
  appendonly: 'yes',
  appendfsync: 'everysec',
  'maxmemory-policy': 'noeviction',
  save: '',
  // Without it a Redis that listens at more than localhost refuses everybody who has no password.
  'protected-mode': 'no',
}

/** Arguments for `redis-server`; `settings` (names as in redis.conf) come over ours. */
export const redisArgs = (settings: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => [`--${name}`, value])
