/**
 * Which script holds for an element: the one set for its id, else for its type (`name:version`), else the one in its own
 * property `simulator`, else the one set for `*`. Set from outside, they are gone when the process ends.
 */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { ElementContext } from '../intermediary/element-listener.ts'
import type { Operation } from '../intermediary/steps.ts'
import { conceptText } from '../protocol/concept.ts'
import { delayOf, isAbout, isWithin, type Script, script } from './script.ts'

/** The property of an element, of its type or of its node template. */
const SIMULATOR_PROPERTY = 'simulator'
const EVERY_ELEMENT = '*'
const SCRIPTS_MAX = 10_000
const COUNTED_MAX = 100_000

export type Scripted = Pick<
  ElementContext,
  'elementId' | 'definition' | 'properties' | 'commonProperties' | 'nodeTemplate'
>

/** A script, and how often it has struck. */
interface Striking {
  readonly script: Script
  readonly failed: Map<string, number>
  readonly silent: Map<string, number>
}

const striking = (given: Script): Striking => ({ script: given, failed: new Map(), silent: new Map() })
const HARMLESS = striking({})

export class ScriptTable {
  readonly #scripts = new Map<string, Striking>()
  /** Of properties, by element id. */
  readonly #own = new Map<string, Striking & { readonly source: unknown }>()

  /** @returns false if there are too many already */
  set(target: string, given: Script): boolean {
    if (this.#scripts.size >= SCRIPTS_MAX && !this.#scripts.has(target)) return false
    this.#scripts.set(target, striking(given))
    return true
  }

  remove(target: string): boolean {
    return this.#scripts.delete(target)
  }

  all(): Readonly<Record<string, Script>> {
    return Object.fromEntries([...this.#scripts].map(([target, found]) => [target, found.script]))
  }

  /** @throws {Error} if the element's own property is no script */
  delayMs(element: Scripted, operation: Operation, random: number): number {
    const { script: found } = this.#for(element)
    return isAbout(found, operation) ? delayOf(found, random) : 0
  }

  /** The text of the failure, if it is to fail now; counts it. */
  failure(element: Scripted, operation: Operation): string | undefined {
    const { script: found, failed } = this.#for(element)
    if (!isAbout(found, operation) || !strikes(failed, element, operation, found.failTimes)) return undefined
    return found.failMessage ?? `${operation} fails, as it was told to`
  }

  /** Whether the answer to what was just done is to get lost; counts it. */
  isSilentAfter(element: Scripted, operation: Operation): boolean {
    const { script: found, silent } = this.#for(element)
    return isAbout(found, operation) && strikes(silent, element, operation, found.silentTimes)
  }

  isAlwaysSilent(element: Scripted): boolean {
    const { script: found } = this.#for(element)
    return found.silentTimes === 'always' && found.operations === undefined
  }

  forget(elementId: string): void {
    this.#own.delete(elementId)
  }

  #for(element: Scripted): Striking {
    return (
      this.#scripts.get(element.elementId) ??
      (this.#scripts.size > 0 ? this.#scripts.get(conceptText(element.definition)) : undefined) ??
      this.#ownOf(element) ??
      this.#scripts.get(EVERY_ELEMENT) ??
      HARMLESS
    )
  }

  #ownOf(element: Scripted): Striking | undefined {
    const source = propertyOf(element)
    if (source === undefined || source === null) return undefined
    const known = this.#own.get(element.elementId)
    // The same again isn't a new script: what it has counted counts.
    if (known && isDeepStrictEqual(known.source, source)) return known
    const parsed = script.safeParse(source)
    if (!parsed.success) throw new Error(`property ${SIMULATOR_PROPERTY}: ${z.prettifyError(parsed.error)}`)
    const own = { ...striking(parsed.data), source }
    this.#own.set(element.elementId, own)
    trim(this.#own)
    return own
  }
}

const propertyOf = ({ properties, commonProperties, nodeTemplate }: Scripted): unknown =>
  properties[SIMULATOR_PROPERTY] ??
  commonProperties[SIMULATOR_PROPERTY] ??
  (nodeTemplate['properties'] as Readonly<Record<string, unknown>> | undefined)?.[SIMULATOR_PROPERTY]

const strikes = (
  counts: Map<string, number>,
  { elementId }: Scripted,
  operation: Operation,
  times: Script['failTimes'],
): boolean => {
  if (times === undefined) return false
  const key = `${elementId}/${operation}`
  const count = counts.get(key) ?? 0
  if (!isWithin(count, times)) return false
  counts.set(key, count + 1)
  trim(counts)
  return true
}

const trim = (map: Map<string, unknown>): void => {
  if (map.size <= COUNTED_MAX) return
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}
