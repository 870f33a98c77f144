/** A hub whose runtime only says welcome and good-bye, and notes what it is told. */
import { conceptText } from '../protocol/concept.ts'
import type { ElementResult, Order, Report } from '../protocol/conversation.ts'
import { type LocalHub, localHub } from '../link/local-link.ts'

type Of<Type extends Report['type']> = Extract<Report, { type: Type }>

export interface TestHub extends LocalHub {
  /** All reports, in the order in which they came. */
  readonly reports: Report[]
  /** The next so many reports are rejected. */
  rejectReports: number
  /** Whether `register` and `deregister` are answered. */
  answers: boolean
  of<Type extends Report['type']>(type: Type): Of<Type>[]
  /** What was answered to an order, element by element. */
  resultsOf(order: Order): ElementResult[]
}

export const testHub = (): TestHub => {
  const hub = localHub({
    onReport: async (report) => {
      if (made.rejectReports-- > 0) throw new Error('the runtime is out of order')
      made.reports.push(report)
      if (!made.answers || (report.type !== 'register' && report.type !== 'deregister')) return
      const { participantId, participantType, messageId } = report
      hub.deliver({
        type: report.type === 'register' ? 'registered' : 'deregistered',
        messageId: `answer-to-${messageId}`,
        atMs: 0,
        to: { participantId, participantType },
        responseTo: messageId,
      })
    },
  })
  const made: TestHub = {
    ...hub,
    reports: [],
    rejectReports: 0,
    answers: true,
    of: <Type extends Report['type']>(type: Type) =>
      made.reports.filter((report): report is Of<Type> => report.type === type),
    resultsOf: ({ messageId }) =>
      made
        .of('elements-changed')
        .filter(({ responseTo }) => responseTo === messageId)
        .flatMap(({ results }) => results),
  }
  return made
}

/** How many reports there were, and of what kind: for a glance. */
export const glance = (reports: readonly Report[]): readonly string[] =>
  reports.map((report) =>
    report.type === 'elements-changed'
      ? `${conceptText(report.loop)} ${report.results.map(({ state, ok }) => `${state}${ok ? '' : '!'}`).join(',')}`
      : report.type,
  )
