/** Clients that go on asking while nodes come and go, and keep count of what they were told. */
import type { EntityRef, Reply } from '../entity.ts'
import type { Node } from '../node.ts'

export interface LoadOptions {
  readonly clients: number
  /** Who may be asked now. */
  readonly nodes: () => readonly Node[]
  readonly targets: readonly EntityRef[]
}

export interface Load {
  /** Adds that were acknowledged, by target. */
  readonly added: ReadonlyMap<string, number>
  readonly acknowledged: number
  /** What clients were told instead of an answer. */
  readonly faults: readonly unknown[]
  stop(): Promise<void>
}

/** Each client goes around: it adds 1 to each target, twice, then moves 1 from each to the next. */
export const startLoad = ({ clients, nodes, targets }: LoadOptions): Load => {
  const added = new Map<string, number>()
  const faults: unknown[] = []
  let acknowledged = 0
  let isRunning = true
  const client = async (number: number): Promise<void> => {
    for (let turn = number; isRunning; turn++) {
      // A log and a store in memory take no turn of the event loop: without this, nothing else would come up.
      await new Promise(setImmediate)
      const candidates = nodes()
      const node = candidates[turn % candidates.length]
      const to = targets[turn % targets.length]
      const next = targets[(turn + 1) % targets.length]
      if (!node || !to || !next) throw new Error('nobody to ask')
      const isMove = Math.floor(turn / targets.length) % 3 === 2
      const message = isMove ? { type: 'move', amount: 1, to: next.id } : { type: 'add', amount: 1 }
      try {
        const reply: Reply = await node.ask(to, message, { sender: 'client', deadlineMs: 20_000 })
        if (!reply.ok) throw new Error(`refused: ${reply.rejection.reason}`)
        acknowledged++
        if (message.type === 'add') added.set(to.id, (added.get(to.id) ?? 0) + 1)
      } catch (error) {
        faults.push(error)
      }
    }
  }
  const running = Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return {
    added,
    faults,
    get acknowledged() {
      return acknowledged
    },
    stop: async () => {
      isRunning = false
      await running
    },
  }
}
