/** A command that each of a crowd takes, and that makes one event of it. */
import { NO_TRAITS } from '../../actors/resource/evolution.ts'
import type { ResourceCommand } from '../../actors/resource/protocol.ts'
import type { CrowdActor } from './crowd.ts'

/** Its descriptor says something new: what the root assembly tells its resources then. `news` differs from what it was told before. */
export const defineCommand = ({ identity }: CrowdActor, news: string): ResourceCommand => ({
  type: 'define',
  identity,
  traits: { ...NO_TRAITS, transitions: ['Create', 'Install', 'Configure', 'Start', 'Stop'], readOnly: [news] },
})
