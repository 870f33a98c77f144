/** Scripts (`sim_` properties) that were set from outside, while the simulator runs; they are gone when it ends. */
import { scriptedBehaviour } from './script.ts'

export type Script = Readonly<Record<string, unknown>>

/** Sets a script for every resource. */
export const EVERY_RESOURCE = '*'
const SCRIPTS_MAX = 10_000

export class ScriptsTable {
  readonly #scripts = new Map<string, Script>()

  /**
   * For one resource, or for `*`. It wins over what the resource's own properties and its location say.
   * @throws {DriverRefusal} if there is something in it that isn't understood
   * @returns false if there are too many already
   */
  set(resourceId: string, script: Script): boolean {
    scriptedBehaviour({}, script, 'Create')
    if (this.#scripts.size >= SCRIPTS_MAX && !this.#scripts.has(resourceId)) return false
    this.#scripts.set(resourceId, script)
    return true
  }

  remove(resourceId: string): boolean {
    return this.#scripts.delete(resourceId)
  }

  for(resourceId: string): Script {
    return { ...this.#scripts.get(EVERY_RESOURCE), ...this.#scripts.get(resourceId) }
  }

  all(): Readonly<Record<string, Script>> {
    return Object.fromEntries(this.#scripts)
  }
}
