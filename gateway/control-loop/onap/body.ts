/** Request bodies in JSON or YAML. What follows sees JSON, whatever came; only templates stay as they were written. */
import type { Context, MiddlewareHandler } from 'hono'
import { readYaml } from '../../../actors/model/yaml-document.ts'
import { TOSCA_LIMITS, type ToscaFormat } from '../../../actors/model/tosca/tosca-text.ts'
import { boundedText, checkJson, keepText, YAML_TYPES } from '../../body.ts'
import { problemOfTemplate } from '../findings.ts'

const JSON_TYPE = 'application/json'
const ACCEPTED = [JSON_TYPE, ...YAML_TYPES] as const

/** A route's middleware: its body is JSON, or YAML with the same values. */
export const jsonOrYamlBody =
  (bytesMax: number): MiddlewareHandler =>
  async (c, next) => {
    const text = await boundedText(c, ACCEPTED, bytesMax)
    if (formatOf(c) === 'json') {
      checkJson(text)
      keepText(c, text)
    } else {
      const { document, findings } = readYaml(text, undefined, { ...TOSCA_LIMITS, bytesMax })
      if (!document) throw problemOfTemplate('the body', findings)
      const json = JSON.stringify(document.value() ?? null)
      checkJson(json)
      keepText(c, json)
      becomes(c, JSON_TYPE)
    }
    await next()
  }

/** A route's middleware: its body is a service template; the handler reads it with `c.req.text()`. */
export const templateBody =
  (bytesMax: number): MiddlewareHandler =>
  async (c, next) => {
    const text = await boundedText(c, ACCEPTED, bytesMax)
    if (formatOf(c) === 'json') checkJson(text)
    else becomes(c, YAML_TYPES[0])
    keepText(c, text)
    await next()
  }

export const formatOf = (c: Context): ToscaFormat =>
  c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() === JSON_TYPE ? 'json' : 'yaml'

/** The checks of the route look at the content type again: there it is what the text has become. */
const becomes = (c: Context, contentType: string): void => {
  const headers = new Headers(c.req.raw.headers)
  headers.set('content-type', contentType)
  c.req.raw = new Request(c.req.url, { method: c.req.method, headers })
}
