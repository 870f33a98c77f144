/**
 * `Idempotency-Key`: the id of an order's process is derived from the key, so the process itself is the memory. A
 * repeated order finds it, whatever was restarted in between; another order with the same key is told.
 */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { processRef } from '../../actors/addresses.ts'
import type { Intent } from '../../actors/model/intent.ts'
import type { ProcessState } from '../../actors/process/protocol.ts'
import type { Queries } from '../../runtime/client.ts'
import { placedId } from '../../runtime/placement.ts'
import type { Asking } from '../asking.ts'
import { Problem } from '../problem.ts'
import { hashHex32 } from './hash.ts'
import { intentAsOrdered, placementOfBody } from './intent-target.ts'
import type { IntentBody } from './intent-bodies.ts'

const KEY_CHARS_MAX = 256

export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(KEY_CHARS_MAX)
    .optional()
    .meta({ description: 'the same key with the same order means the same order, however often it is sent' }),
})

/** The process of an order: new each time without a key, always the same with one. */
export const processIdOf = (body: IntentBody, key: string | undefined): string =>
  placedId(placementOfBody(body), key === undefined ? randomBytes(16).toString('hex') : hashHex32(`intent ${key}`))

/** A value with its fields in one order, so that equal orders have equal texts. */
const canonicalText = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )

export const fingerprintOf = (intent: Intent): string => hashHex32(canonicalText(intent))

export interface EarlierOrder {
  readonly processId: string
  readonly assemblyId: string
  readonly assemblyName: string
}

/**
 * The order that has been given with this key before, if it was the same.
 * @throws {Problem} 422 if it was another one
 */
export const earlierOrder = async (
  body: IntentBody,
  processId: string,
  queries: Queries,
  { read }: Asking,
): Promise<EarlierOrder | undefined> => {
  const state = (await read(queries.entity<ProcessState>(processRef(processId))))?.state
  if (!state?.intent) return undefined
  const asked = intentAsOrdered(body, state)
  if (asked && canonicalText(asked) === canonicalText(state.intent))
    return { processId, assemblyId: state.assembly.id, assemblyName: state.assembly.name }
  throw new Problem({
    status: 422,
    code: 'idempotency-key-reused',
    message: 'this Idempotency-Key was used for another order; use a new key for a new order',
    details: { processId, intentType: state.intent.type, assemblyName: state.assembly.name },
  })
}
