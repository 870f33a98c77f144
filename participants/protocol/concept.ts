/** How things of control loops are named: by name and version (ONAP's ToscaConceptIdentifier). */
import { z } from 'zod'

/** ToscaKey of policy-models; everything that has a name there keeps to it. */
const NAME = /^[A-Za-z0-9_.-]+$/
const VERSION = /^[0-9]+\.[0-9]+\.[0-9]+$/
const NAME_CHARS_MAX = 255

export const conceptName = z
  .string()
  .min(1, 'a name has at least one character')
  .max(NAME_CHARS_MAX)
  .regex(NAME, 'a name has letters, digits, dots, dashes and underscores')
export const conceptVersion = z.string().max(60).regex(VERSION, 'a version is three numbers, for instance 1.0.0')

export const concept = z.object({ name: conceptName, version: conceptVersion })
export type Concept = z.infer<typeof concept>

/** `name:version`, the id of its entity. No name holds a colon. */
export const conceptText = ({ name, version }: Concept): string => `${name}:${version}`

/** @throws {Error} for what `conceptText` doesn't give: ids of entities always are of its making */
export const conceptOf = (text: string): Concept => {
  const at = text.lastIndexOf(':')
  if (at < 1) throw new Error(`${JSON.stringify(text)} is not <name>:<version>`)
  return { name: text.slice(0, at), version: text.slice(at + 1) }
}

export const isSameConcept = (a: Concept, b: Concept): boolean => a.name === b.name && a.version === b.version
