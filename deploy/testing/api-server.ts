/**
 * As much of a Kubernetes API as `kubectl describe` reads: which kinds there are, and the objects that a test put in. So
 * the real client decodes them into its own types and says what it understood; what it doesn't know, it doesn't show.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

const NAMESPACE = 'default'

const pluralOf = (kind: string): string => {
  const lower = kind.toLowerCase()
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`
}

const folderOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`

const groupsOf = (apiVersions: readonly string[]): unknown => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: apiVersions
    .filter((apiVersion) => apiVersion.includes('/'))
    .map((groupVersion) => {
      const [name, version] = groupVersion.split('/')
      return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } }
    }),
})

const pagesOf = (objects: readonly KubernetesObject[]): ReadonlyMap<string, unknown> => {
  const apiVersions = [...new Set(['v1', ...objects.map(({ apiVersion }) => apiVersion)])]
  const pages = new Map<string, unknown>([
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    ['/apis', groupsOf(apiVersions)],
  ])
  for (const apiVersion of apiVersions) {
    const kinds = [...new Set(objects.filter((object) => object.apiVersion === apiVersion).map(({ kind }) => kind))]
    pages.set(folderOf(apiVersion), {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: apiVersion,
      resources: kinds.map((kind) => ({
        name: pluralOf(kind),
        singularName: kind.toLowerCase(),
        namespaced: true,
        kind,
        verbs: ['get', 'list'],
      })),
    })
  }
  for (const object of objects) {
    const { apiVersion, kind, metadata } = object
    pages.set(`${folderOf(apiVersion)}/namespaces/${NAMESPACE}/${pluralOf(kind)}/${metadata.name}`, {
      ...object,
      metadata: { ...metadata, namespace: NAMESPACE },
    })
  }
  return pages
}

export interface ApiServer {
  readonly url: string
  close(): Promise<void>
}

/** Events, revisions and whatever else belongs to an object: there is none. */
const nothing = (path: string): unknown => ({
  kind: 'List',
  apiVersion: path.startsWith('/api/') ? 'v1' : path.split('/').slice(2, 4).join('/'),
  metadata: {},
  items: [],
})

export const startApiServer = async (objects: readonly KubernetesObject[]): Promise<ApiServer> => {
  const pages = pagesOf(objects)
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(pages.get(pathname) ?? nothing(pathname)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}
