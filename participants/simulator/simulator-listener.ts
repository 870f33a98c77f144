/** Does whatever it is told, at once, unless a script says otherwise. */
import { pause } from '../../runtime/pause.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { ElementContext, ElementListener } from '../intermediary/element-listener.ts'
import type { Operation } from '../intermediary/steps.ts'
import type { ScriptTable } from './script-table.ts'
import type { Silence } from './silence.ts'

export interface SimulatorListenerParts {
  readonly clock: Clock
  readonly scripts: ScriptTable
  readonly silence: Silence
  /** In [0, 1). */
  readonly random: () => number
  /** Told of each operation that was done, for tests and for inspection. */
  readonly onDone?: ((element: ElementContext, operation: Operation) => void) | undefined
}

export const simulatorListener = ({
  clock,
  scripts,
  silence,
  random,
  onDone,
}: SimulatorListenerParts): ElementListener => {
  const end = (element: ElementContext, operation: Operation): void => {
    const failure = scripts.failure(element, operation)
    silence.note(element, operation)
    if (failure !== undefined) throw new Error(failure)
    onDone?.(element, operation)
  }
  const perform =
    (operation: Operation) =>
    (element: ElementContext): void | Promise<void> => {
      const delayMs = scripts.delayMs(element, operation, random())
      if (delayMs === 0) return end(element, operation)
      return pause(clock, delayMs, element.signal).then(() => {
        element.signal.throwIfAborted()
        end(element, operation)
      })
    }
  return {
    instantiate: perform('instantiate'),
    run: perform('run'),
    passivate: perform('passivate'),
    uninstantiate: perform('uninstantiate'),
  }
}
