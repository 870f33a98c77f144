/**
 * The members of one process, or of one simulation, that share a topic's partitions. They are balanced at each join and
 * leave until a test assigns partitions by hand; from then on only the test moves them. A member that can't be reached
 * isn't told, and goes on believing what it was told last.
 */
import { shareOut } from './assignment.ts'

export interface GroupMember {
  readonly id: string
  /** Of the client that it is a membership of. */
  readonly client: string
  /** Calls `run` when word from the group arrives at the member: now, later, or never. */
  readonly deliver: (run: () => void) => void
  readonly onAssigned: (partitions: readonly number[]) => void
}

const same = (a: readonly number[] | undefined, b: readonly number[]): boolean =>
  a?.length === b.length && a.every((partition, index) => partition === b[index])

export class Group {
  readonly #partitions: number
  readonly #members = new Map<string, GroupMember>()
  #shares = new Map<string, number[]>()
  readonly #told = new Map<string, readonly number[]>()
  #byHand = false

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  /** An id for a new membership of a client: its name, or with a number behind it if that is taken. */
  freeId(client: string): string {
    let id = client
    for (let number = 2; this.#members.has(id); number++) id = `${client}#${number}`
    return id
  }

  join(member: GroupMember): void {
    this.#members.set(member.id, member)
    if (!this.#byHand) this.balance()
    this.tell(member.id)
  }

  leave(id: string): void {
    if (!this.#members.delete(id)) return
    this.#told.delete(id)
    this.#shares.delete(id)
    if (!this.#byHand) this.balance()
  }

  /** Takes out all memberships of a client, as a broker does with one that it hasn't heard from for too long. */
  expel(client: string): void {
    for (const [id, member] of this.#members) if (member.client === client) this.leave(id)
  }

  /** `tell: false`: the member goes on with its old view until it is told. */
  assign(id: string, partitions: readonly number[], tell: boolean): void {
    this.#byHand = true
    this.#shares.set(id, [...partitions])
    if (tell) this.tell(id)
  }

  balance(): void {
    this.#byHand = false
    this.#shares = shareOut(this.#partitions, [...this.#members.keys()], this.#shares)
    for (const id of this.#members.keys()) this.tell(id)
  }

  /** Lets a member know its partitions, unless it knows already. */
  tell(id: string): void {
    const member = this.#members.get(id)
    member?.deliver(() => {
      const share = this.#shares.get(id) ?? []
      if (this.#members.get(id) !== member || same(this.#told.get(id), share)) return
      this.#told.set(id, share)
      member.onAssigned([...share])
    })
  }
}
