/**
 * Any stored value as JSON, for people: bytes as base64, big integers as their digits. Only what the codec can make
 * comes in here, so there are no cycles.
 */
const printable = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  return value
}

export const jsonText = (value: unknown): string => JSON.stringify(value ?? null, printable)

/** The same as a plain value, for views. */
export const jsonValue = (value: unknown): unknown => JSON.parse(jsonText(value))
