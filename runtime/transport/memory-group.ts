/**
 * The members that share a topic's partitions, on a memory broker. They are balanced at each join and leave until a
 * test assigns partitions by hand; from then on only the test moves them. A member that is cut off isn't told, and goes
 * on believing what it was told last.
 */
import { shareOut } from './assignment.ts'
import type { Link } from './link.ts'

export interface GroupMember {
  readonly id: string
  readonly link: Link
  readonly onAssigned: (partitions: readonly number[]) => void
}

const same = (a: readonly number[] | undefined, b: readonly number[]): boolean =>
  a?.length === b.length && a.every((partition, index) => partition === b[index])

export class MemoryGroup {
  readonly positions = new Map<number, number>()
  readonly #partitions: number
  readonly #members = new Map<string, GroupMember>()
  #shares = new Map<string, number[]>()
  readonly #told = new Map<string, readonly number[]>()
  #byHand = false

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  /** An id for a new membership of the client `name`: its name, or with a number behind it if that is taken. */
  freeId(name: string): string {
    let id = name
    for (let number = 2; this.#members.has(id); number++) id = `${name}#${number}`
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
  expel(name: string): void {
    for (const [id, member] of this.#members) if (member.link.name === name) this.leave(id)
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

  /** Lets a member know its partitions, if it can be reached and doesn't know already. */
  tell(id: string): void {
    const member = this.#members.get(id)
    if (member === undefined || !member.link.up) return
    member.link.after(member.link.faults.latency, () => {
      const share = this.#shares.get(id) ?? []
      if (this.#members.get(id) !== member || !member.link.up || same(this.#told.get(id), share)) return
      this.#told.set(id, share)
      member.onAssigned([...share])
    })
  }
}
