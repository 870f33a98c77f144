/** What can be said to a shard itself, through its own log like everything else. */
import { z } from 'zod'

/** Not a kind that an entity may have. */
export const SHARD_CONTROL_KIND = '$shard'

export const shardControl = z.object({
  type: z.enum(['replay-dead-letter', 'discard-dead-letter']),
  id: z.string(),
})
export type ShardControl = z.infer<typeof shardControl>
