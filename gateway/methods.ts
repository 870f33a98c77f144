/** What to answer when no route matched: 404, or 405 with the methods that the path does have. */
import type { App } from './routes.ts'
import { Problem, notFound } from './problem.ts'

interface KnownPath {
  readonly pattern: RegExp
  readonly method: string
}

const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .split('/')
      .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
      .join('/')}$`,
  )

/** Reads the routes once, at the first request that matched none: after all of them have been added. */
export const unmatched = (app: App): ((method: string, path: string) => Problem | Response) => {
  let known: readonly KnownPath[] | undefined
  return (method, path) => {
    known ??= app.routes
      .filter((route) => route.method !== 'ALL')
      .map((route) => ({ pattern: patternOf(route.path), method: route.method }))
    const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).map((route) => route.method))
    if (methods.size === 0) return notFound(`there is nothing at ${path}`, { index: '/', openapi: '/openapi.json' })
    if (methods.has('GET')) methods.add('HEAD')
    const allow = [...methods, 'OPTIONS'].sort().join(', ')
    if (method === 'OPTIONS') return new Response(null, { status: 204, headers: { Allow: allow } })
    return new Problem({
      status: 405,
      code: 'method-not-allowed',
      message: `${path} can't be asked with ${method}; it can with ${allow}`,
      headers: { Allow: allow },
    })
  }
}
