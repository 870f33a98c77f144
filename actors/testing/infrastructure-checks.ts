/**
 * What the journal of the simulated infrastructure must look like, whoever asked and however often: each piece of work
 * done once, and for each resource a walk that its state machine allows. Knows nothing of how the simulator judges.
 */
import type { JournalEntry } from '../../drivers/simulator/infrastructure-store.ts'

type State = 'Created' | 'Installed' | 'Inactive' | 'Active' | null

const EDGES: readonly { readonly name: string; readonly from: readonly State[]; readonly to: State }[] = [
  { name: 'Create', from: [null], to: 'Created' },
  { name: 'Install', from: ['Created'], to: 'Installed' },
  { name: 'Configure', from: ['Installed'], to: 'Inactive' },
  { name: 'Start', from: ['Inactive'], to: 'Active' },
  { name: 'Integrity', from: ['Active'], to: 'Active' },
  { name: 'Stop', from: ['Active'], to: 'Inactive' },
  { name: 'Uninstall', from: ['Inactive', 'Installed'], to: 'Created' },
  { name: 'Delete', from: ['Created'], to: null },
]

/** The task that an entry was done for: its request id without the attempt. */
export const taskKey = ({ requestId }: JournalEntry): string => requestId.slice(0, requestId.lastIndexOf(':'))

/** Done twice: the same request, or the same task in two attempts. */
export const doneTwice = (journal: readonly JournalEntry[]): readonly string[] => [
  ...repeated(journal.map(({ requestId }) => requestId)).map((id) => `request ${id}`),
  ...repeated(journal.map(taskKey)).map((key) => `task ${key}`),
]

const repeated = (texts: readonly string[]): readonly string[] => {
  const seen = new Set<string>()
  return texts.filter((text) => seen.has(text) || !seen.add(text))
}

export interface Walks {
  /** The transitions of a resource's type; the others take place without the infrastructure being asked. */
  readonly declared: (resourceName: string) => readonly string[]
  /** Transitions may have failed for good (the journal doesn't have those): what has failed is deleted from any state. */
  readonly mayHaveFailed: boolean
}

/** Steps that the state machine doesn't allow after those before them. */
export const illegalSteps = (journal: readonly JournalEntry[], { declared, mayHaveFailed }: Walks): readonly string[] =>
  [...Map.groupBy(journal, ({ resourceId }) => resourceId).values()].flatMap((entries) => {
    const wrong: string[] = []
    let possible: ReadonlySet<State> = new Set([null])
    const walked: string[] = []
    for (const { resourceName, transition, resourceId } of entries) {
      const edge = EDGES.find(({ name }) => name === transition)
      if (edge === undefined) continue
      const before = withUnasked(possible, declared(resourceName))
      const isFromAnywhere = mayHaveFailed && (transition === 'Delete' || transition === 'Uninstall')
      if (!isFromAnywhere && !edge.from.some((state) => before.has(state)))
        wrong.push(`${resourceName} (${resourceId}): ${transition} after ${walked.join(', ') || 'nothing'}`)
      walked.push(transition)
      possible = new Set([edge.to])
    }
    return wrong
  })

const withUnasked = (states: ReadonlySet<State>, declared: readonly string[]): ReadonlySet<State> => {
  const reached = new Set(states)
  for (let size = 0; size !== reached.size;) {
    size = reached.size
    for (const { name, from, to } of EDGES)
      if (!declared.includes(name) && from.some((state) => reached.has(state))) reached.add(to)
  }
  return reached
}
