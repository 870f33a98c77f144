/** Request bodies in JSON or YAML. What follows sees JSON, whatever came; only templates stay as they were written. */
import type { Context, MiddlewareHandler } from 'hono'
import { formatPath, type Path } from '../../../actors/model/json-path.ts'
import { readYaml, type YamlDocument } from '../../../actors/model/yaml-document.ts'
import type { YamlNode } from '../../../actors/model/yaml-node.ts'
import { TOSCA_LIMITS, type ToscaFormat } from '../../../actors/model/tosca/tosca-text.ts'
import { badRequest } from '../../problem.ts'
import { isLossy } from '../../json-syntax.ts'
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
      if (isLossy(text)) refuseLossy(text, bytesMax)
      keepText(c, text)
    } else {
      const { document, findings } = readYaml(text, undefined, { ...TOSCA_LIMITS, bytesMax })
      if (!document) throw problemOfTemplate('the body', findings)
      refuseNotFinite(document)
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

/** @throws {Problem} 400 for `.nan`, `.inf` and `1e400`, which no JSON can say: they would become null */
export const refuseNotFinite = (document: YamlDocument): void => {
  const path = pathToNotFinite(document.root)
  if (path)
    throw problemOfTemplate('the body', [
      {
        severity: 'error',
        code: 'not-finite',
        message: 'here is a number that isn’t finite: write one that is, or put quotes around the text',
        path: formatPath(path),
        ...document.place(path),
      },
    ])
}

const pathToNotFinite = (node: YamlNode, path: Path = []): Path | undefined => {
  if (node.kind === 'scalar') return typeof node.value === 'number' && !Number.isFinite(node.value) ? path : undefined
  const children: Iterable<readonly [string | number, YamlNode]> =
    node.kind === 'list' ? node.items.entries() : [...node.entries].map(([key, entry]) => [key, entry.node])
  for (const [step, child] of children) {
    const found = pathToNotFinite(child, [...path, step])
    if (found) return found
  }
  return undefined
}

/** Slower, and only for what `isLossy` has found: it knows the places. */
const refuseLossy = (text: string, bytesMax: number): never => {
  const { document, findings } = readYaml(text, undefined, { ...TOSCA_LIMITS, bytesMax })
  if (!document) throw problemOfTemplate('the body', findings)
  refuseNotFinite(document)
  throw badRequest('duplicate-key', 'the body has a key twice in one object: keep one of them')
}

export const formatOf = (c: Context): ToscaFormat =>
  c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() === JSON_TYPE ? 'json' : 'yaml'

/** The checks of the route look at the content type again: there it is what the text has become. */
const becomes = (c: Context, contentType: string): void => {
  const headers = new Headers(c.req.raw.headers)
  headers.set('content-type', contentType)
  c.req.raw = new Request(c.req.url, { method: c.req.method, headers })
}
