/** Names and versions of what can be addressed: the template itself, its node templates, its policies. */
import { conceptName, conceptVersion } from '../../../participants/protocol/concept.ts'
import { textOf, type Cursor, type Reading } from '../reading.ts'
import { isVersion } from './scalar-values.ts'

/** A name that ONAP's keys allow; others are an error. */
export function checkConceptName(reading: Reading, cursor: Cursor, name: string, what: string): void {
  if (conceptName.safeParse(name).success) return
  const message = `${what} has a name that can't be used: up to 255 letters, digits, dots, dashes and underscores are allowed`
  reading.error(cursor.path, { code: 'wrong-name', message, atKey: true })
}

/** The version of a thing that can be addressed, `1.0` completed to `1.0.0`. Nothing if none is given. */
export function completedVersion(reading: Reading, cursor: Cursor | undefined): string | undefined {
  return readVersion(reading, cursor, () => false)
}

/** The version of a type: there, TOSCA's qualifiers (`1.0.0.beta-4`) are allowed, too. */
export function readTypeVersion(reading: Reading, cursor: Cursor | undefined): string | undefined {
  return readVersion(reading, cursor, isVersion)
}

function readVersion(
  reading: Reading,
  cursor: Cursor | undefined,
  isAllowed: (text: string) => boolean,
): string | undefined {
  const written = textOf(reading, cursor, `'version'`)?.trim()
  if (cursor === undefined || written === undefined) return undefined
  if (conceptVersion.safeParse(written).success) return written
  const completed = /^\d{1,9}$/.test(written) ? `${written}.0.0` : `${written}.0`
  if (conceptVersion.safeParse(completed).success) {
    const message = `the version '${written}' is taken for '${completed}'`
    reading.warning(cursor.path, { code: 'short-version', message, hint: 'a version is three numbers' })
    return completed
  }
  if (isAllowed(written)) return written
  const message = `'${written.slice(0, 40)}' isn't a version: it is three numbers, for instance 1.0.0`
  reading.error(cursor.path, { code: 'wrong-version', message })
  return undefined
}

/** Where a thing repeats its name inside of itself, as ONAP's writer does. */
export function checkRepeatedName(reading: Reading, cursor: Cursor | undefined, name: string, what: string): void {
  const repeated = textOf(reading, cursor, `'name'`)
  if (cursor === undefined || repeated === undefined || repeated === name) return
  const message = `${what} is called '${name}', but calls itself '${repeated}': '${name}' counts`
  reading.warning(cursor.path, { code: 'name-differs', message, hint: `leave 'name' out` })
}
