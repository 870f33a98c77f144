/** A record of the topic is JSON text in UTF-8. */
import type { Decoded, WireMessage } from './wire.ts'

const decoder = new TextDecoder()
const encoder = new TextEncoder()

export const encodeText = (message: WireMessage): Uint8Array => encoder.encode(JSON.stringify(message))

/** Any JSON value. Never throws; a record of more than `bytesMax` isn't looked into. */
export const decodeText = (bytes: Uint8Array, bytesMax: number): Decoded<unknown> => {
  if (bytes.length > bytesMax)
    return { kind: 'malformed', problem: `it has ${bytes.length} bytes; ${bytesMax} are the most` }
  try {
    return { kind: 'message', message: JSON.parse(decoder.decode(bytes)) }
  } catch {
    return { kind: 'malformed', problem: 'it is no JSON' }
  }
}
