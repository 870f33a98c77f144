/** Which reports of the simulated participant get lost on purpose. */
import type { ParticipantLink } from '../link/participant-link.ts'
import type { Report } from '../protocol/conversation.ts'
import type { ElementContext } from '../intermediary/element-listener.ts'
import type { Operation } from '../intermediary/steps.ts'
import type { Scripted, ScriptTable } from './script-table.ts'

export class Silence {
  readonly #scripts: ScriptTable
  /** Elements that scripts may silence. */
  readonly #known = new Map<string, Scripted>()
  /** The next answer about these gets lost. */
  readonly #next = new Set<string>()
  /** Neither hears nor says anything. */
  isTotal = false

  constructor(scripts: ScriptTable) {
    this.#scripts = scripts
  }

  /** An operation has ended, well or badly. */
  note(element: ElementContext, operation: Operation): void {
    const { elementId, definition, properties, commonProperties, nodeTemplate } = element
    this.#known.set(elementId, { elementId, definition, properties, commonProperties, nodeTemplate })
    if (this.#scripts.isSilentAfter(element, operation)) this.#next.add(elementId)
  }

  isLost(report: Report): boolean {
    if (this.isTotal) return true
    if (report.type !== 'elements-changed') return false
    let isLost = false
    for (const { elementId, state, ok } of report.results) {
      const known = this.#known.get(elementId)
      if (known && this.#scripts.isAlwaysSilent(known)) isLost = true
      if (this.#next.delete(elementId)) isLost = true
      if (ok && state === 'UNINITIALISED') this.#forget(elementId)
    }
    return isLost
  }

  #forget(elementId: string): void {
    this.#known.delete(elementId)
    this.#scripts.forget(elementId)
  }
}

/** The link, with what gets lost on it. */
export const silencedLink = (link: ParticipantLink, silence: Silence): ParticipantLink => ({
  send: async (report) => {
    if (!silence.isLost(report)) await link.send(report)
  },
  subscribe: (receive, holds) =>
    link.subscribe((order) => {
      if (!silence.isTotal) receive(order)
    }, holds),
  stats: () => link.stats(),
  close: () => link.close(),
})
