/** Bytes in which some strings stand for others of the same length: a real record, to be had again for somebody else. Pure. */

interface Place {
  readonly name: string
  readonly at: number
}

export interface ByteTemplate {
  readonly bytes: Uint8Array
  readonly places: readonly Place[]
}

/** `words`: name → the string as it is in `bytes`, ASCII. Longer ones are looked for first, so that none is found within another. */
export const byteTemplate = (bytes: Uint8Array, words: Readonly<Record<string, string>>): ByteTemplate => {
  const found = Buffer.from(bytes)
  const taken = new Uint8Array(found.length)
  const places: Place[] = []
  for (const [name, word] of Object.entries(words).sort(([, left], [, right]) => right.length - left.length)) {
    if (word === '') throw new Error(`${name} is empty`)
    for (let at = found.indexOf(word); at >= 0; at = found.indexOf(word, at + 1)) {
      if (taken.subarray(at, at + word.length).some((byte) => byte === 1)) continue
      taken.fill(1, at, at + word.length)
      places.push({ name, at })
    }
  }
  return { bytes, places }
}

/** `words`: by name, each as long as the one that it takes the place of. */
export const filledTemplate = ({ bytes, places }: ByteTemplate, words: ReadonlyMap<string, Uint8Array>): Uint8Array => {
  // Of Node's pool: a piece of memory of its own for each of many millions costs more than all else here.
  const filled = Buffer.allocUnsafe(bytes.length)
  filled.set(bytes)
  for (const { name, at } of places) {
    const word = words.get(name)
    if (word) filled.set(word, at)
  }
  return filled
}
