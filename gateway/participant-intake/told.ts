/** Tells entities until they are durably told: what a participant said must not get lost on the way in. */
import { backoffMs } from '../../runtime/backoff.ts'
import type { RuntimeClient } from '../../runtime/client.ts'
import { errorText, isHopeless } from '../../runtime/fault.ts'
import type { Handled } from '../../runtime/group-reader/partition-work.ts'
import { pause } from '../../runtime/pause.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { Telling } from './routing.ts'

export interface ToldParts {
  readonly client: Pick<RuntimeClient, 'tell'>
  readonly clock: Clock
  readonly retry: { readonly firstMs: number; readonly longestMs: number }
  readonly stopping: AbortSignal
  readonly onRetry: (problem: string) => void
}

/** `left`: this process stops; whoever reads the message next tells it. `hopeless`: no repetition can help. */
export const told = async (
  tellings: readonly Telling[],
  sender: string,
  { client, clock, retry, stopping, onRetry }: ToldParts,
): Promise<Handled | { readonly hopeless: string }> => {
  let open = tellings
  for (let failures = 1; !stopping.aborted; failures++) {
    // Handed over in their order at once; the runtime keeps it.
    const outcomes = await Promise.allSettled(open.map(({ to, message }) => client.tell(to, message, { sender })))
    const failed = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [{ telling: open[index] as Telling, error: outcome.reason as unknown }] : [],
    )
    const [first] = failed
    if (!first) return 'done'
    if (failed.every(({ error }) => isHopeless(error))) return { hopeless: errorText(first.error) }
    onRetry(errorText(first.error))
    open = failed.filter(({ error }) => !isHopeless(error)).map(({ telling }) => telling)
    await pause(clock, backoffMs(failures, retry.firstMs, retry.longestMs), stopping)
  }
  return 'left'
}
