/**
 * Request bodies: bounded, of the right content type, valid UTF-8 and, where it is JSON, readable. Runs before the
 * schema of a route, which then only sees values.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { hasKeyAnywhere, jsonSyntaxError, nestedDeeperThan } from './json-syntax.ts'
import { Problem, badRequest } from './problem.ts'

const NESTING_MAX = 64

const tooLarge = (bytesMax: number): Problem =>
  new Problem({
    status: 413,
    code: 'body-too-large',
    message: `the body is larger than ${bytesMax} bytes`,
    details: { bytesMax },
  })

/** The body as bytes; a body without a length is only read as far as it may go. */
const boundedBytes = async (c: Context, bytesMax: number): Promise<Uint8Array> => {
  const declared = c.req.header('content-length')
  if (declared !== undefined && Number(declared) > bytesMax) throw tooLarge(bytesMax)
  try {
    // With a length, the server itself reads no further than that.
    if (declared !== undefined && c.req.header('transfer-encoding') === undefined) {
      const bytes = new Uint8Array(await c.req.raw.arrayBuffer())
      if (bytes.length > bytesMax) throw tooLarge(bytesMax)
      return bytes
    }
    const body: ReadableStream<Uint8Array> | null = c.req.raw.body
    const reader = body?.getReader()
    const chunks: Uint8Array[] = []
    let length = 0
    while (reader) {
      const { done, value } = await reader.read()
      if (done) break
      length += value.length
      if (length > bytesMax) {
        await reader.cancel().catch(() => undefined)
        throw tooLarge(bytesMax)
      }
      chunks.push(value)
    }
    return Buffer.concat(chunks, length)
  } catch (cause) {
    if (cause instanceof Problem) throw cause
    throw new Problem({ status: 400, code: 'body-unreadable', message: 'the body could not be read to its end', cause })
  }
}

/** The body as text. @throws {Problem} 413, 415, 400 */
export const boundedText = async (c: Context, accepted: readonly string[], bytesMax: number): Promise<string> => {
  const contentType = c.req.header('content-type')
  const essence = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (!accepted.includes(essence))
    throw new Problem({
      status: 415,
      code: 'unsupported-content-type',
      message: `the body must be ${accepted.join(' or ')}; its Content-Type is ${contentType ? JSON.stringify(contentType) : 'missing'}`,
      details: { accepted },
    })
  const encoding = c.req.header('content-encoding')
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new Problem({
      status: 415,
      code: 'unsupported-content-encoding',
      message: `send the body without Content-Encoding; it is ${JSON.stringify(encoding)}`,
      details: { accepted: ['identity'] },
    })
  const bytes = await boundedBytes(c, bytesMax)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badRequest('not-utf-8', 'the body is not UTF-8')
  }
}

/** Checks text as JSON. @throws {Problem} 400 with line and column */
export const checkJson = (text: string): void => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const place = jsonSyntaxError(text)
    throw badRequest(
      'malformed-json',
      place
        ? `the body is not JSON: line ${place.line}, column ${place.column}: expected ${place.expected}`
        : 'the body is not JSON',
      { ...place },
    )
  }
  if (nestedDeeperThan(value, NESTING_MAX))
    throw badRequest('nested-too-deep', `the body is nested deeper than ${NESTING_MAX} levels`, { max: NESTING_MAX })
  // It would be lost without a word: schemas leave it out. Only a text that has it, plain or escaped, is looked through.
  if (/__proto__|\\u00/i.test(text) && hasKeyAnywhere(value, '__proto__'))
    throw badRequest('reserved-key', `the body has the key '__proto__', which can't be used: take another name`)
}

/** What `c.req.json()` and `c.req.text()` read next. Hono keeps promises here; its types say strings. */
export const keepText = (c: Context, text: string): void => {
  const cache: { text?: unknown } = c.req.bodyCache
  cache.text = Promise.resolve(text)
}

/** A route's middleware: its body is JSON of at most `bytesMax` bytes. */
export const jsonBody =
  (bytesMax: number): MiddlewareHandler =>
  async (c, next) => {
    const text = await boundedText(c, ['application/json'], bytesMax)
    checkJson(text)
    keepText(c, text)
    await next()
  }

export const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'] as const

/** A route's middleware: its body is YAML of at most `bytesMax` bytes; the handler reads it with `c.req.text()`. */
export const yamlBody =
  (bytesMax: number): MiddlewareHandler =>
  async (c, next) => {
    keepText(c, await boundedText(c, YAML_TYPES, bytesMax))
    await next()
  }
