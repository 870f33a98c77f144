/**
 * `npm start` as a newcomer meets it: the node itself, and every command that it prints, as pasted. And the same of a node
 * in a cluster of three, where each command goes to another node.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../runtime/testing/until.ts'
import { startTestCluster, type TestCluster } from '../system/testing/test-cluster.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const HELLO_HELM = '../shared/data/lifecycle/hellohelm'

interface Assembly {
  readonly state?: string
  readonly properties: readonly { readonly name: string; readonly value: string }[]
  readonly children: readonly Assembly[]
  readonly name: string
  readonly instances?: readonly Assembly[]
}
/** Where the node that shows the example runs. */
interface Place {
  readonly name: string
  /** Its environment; whatever else must be there then is. */
  open(): Promise<Readonly<Record<string, string>>>
  /** Of the others that can take its requests. */
  otherUrls(): readonly string[]
  close(): Promise<void>
}

const onOneMachine = (): Place => {
  const data = mkdtempSync(join(tmpdir(), 'homeostat-welcome-'))
  return {
    name: 'on one machine',
    open: () => Promise.resolve({ HOMEOSTAT_DATA: data }),
    otherUrls: () => [],
    close: () => Promise.resolve(rmSync(data, { recursive: true, force: true })),
  }
}

const inACluster = (): Place => {
  let others: TestCluster | undefined
  return {
    name: 'in a cluster of three',
    open: async () => {
      others = await startTestCluster({
        nodes: ['node-2', 'node-3'],
        environment: { HOMEOSTAT_POLICY_QUIET_MS: '100' },
      })
      return { ...others.cluster.environmentFor('node-1'), HOMEOSTAT_EXAMPLE: 'on' }
    },
    otherUrls: () => others?.cluster.urls ?? [],
    close: async () => others?.close(),
  }
}

describe.each([onOneMachine(), inACluster()])('npm start $name', (place) => {
  let child: ChildProcess
  let printed = ''
  let environment: Readonly<Record<string, string>> = {}

  const start = async (): Promise<void> => {
    printed = ''
    child = spawn(process.execPath, ['main.ts'], {
      cwd: root,
      env: { ...process.env, ...environment, HOMEOSTAT_PORT: '0', HOMEOSTAT_POLICY_QUIET_MS: '100' },
    })
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    await until(() => printed.includes('carries on.') || child.exitCode !== null, 90_000)
  }

  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    await until(() => child.exitCode !== null || child.signalCode !== null, 20_000)
    return child.exitCode
  }

  let turn = 0
  const url = (): string => /up at (http:\S+)/.exec(printed)?.[1] ?? ''
  /** The printed command that contains `text`, as it stands there; in a cluster any other node takes it as well. */
  const command = (text: string): string => {
    const line = printed.split('\n').find((each) => /^ {2}(curl|npm)/.test(each) && each.includes(text))
    const urls = [url(), ...place.otherUrls()]
    return line?.trim().replace(url(), urls[turn++ % urls.length] ?? '') ?? `no command with ${text}`
  }
  const run = (line: string): string => {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', line], { cwd: root, encoding: 'utf8', timeout: 90_000 })
    if (status !== 0) throw new Error(`${line}\n${stdout}${stderr}`)
    return stdout
  }
  const json = <Shape>(line: string): Shape => JSON.parse(run(line)) as Shape

  const core = (): Assembly | undefined => json<Assembly[]>(command('topology/assemblies'))[0]
  const lastOf = async (assembly: string, intentType: string): Promise<string | undefined> => {
    const response = await fetch(`${url()}/api/processes?assemblyName=${assembly}&intentTypes=${intentType}`)
    return ((await response.json()) as { readonly status: string }[])[0]?.status
  }

  beforeAll(async () => {
    environment = await place.open()
    await start()
  }, 180_000)
  afterAll(async () => {
    await stop('SIGTERM')
    await place.close()
  }, 60_000)

  it('orders the example and brings it to Active, showing the plan and the progress', () => {
    expect(printed).toContain('The plan: 76 tasks')
    expect(printed).toMatch(/Completed after \d+\.\d s\n/)
    expect(printed).not.toContain('[homeostat]')
    expect(core()?.state).toBe('Active')
    // An output of a component, handed up through two assemblies.
    expect(core()?.properties).toContainEqual({
      name: 'accessPoint',
      value: expect.stringMatching(/^\d+\.\d+/) as string,
      type: 'string',
    })
  })

  it('heals what is broken, by the pasted command', async () => {
    run(command('/api/metrics/integrity'))
    await until(async () => (await lastOf('core', 'HealAssembly')) === 'Completed', 30_000)
    expect(core()?.state).toBe('Active')
    const history = json<{ readonly events: readonly { readonly event: { readonly type: string } }[] }>(
      command('/history'),
    )
    expect(history.events.length).toBeGreaterThan(10)
    expect(json<{ readonly waiting: readonly unknown[] }>(command('/waiting')).waiting).toEqual([])
  }, 60_000)

  it('grows under load, is killed with kill -9 on the way, and carries on', async () => {
    run(command('/api/metrics/load'))
    await until(async () => (await lastOf('core__user-plane', 'ScaleOutAssembly')) === 'In Progress')
    expect(core()?.state).toBe('Active')
    await stop('SIGKILL')
    await start()
    await until(async () => (await lastOf('core__user-plane', 'ScaleOutAssembly')) === 'Completed', 30_000)
    expect(JSON.stringify(core())).toContain('core__user-plane__forwarder__3')
    expect(core()?.state).toBe('Active')
  }, 120_000)

  it('onboards a project folder and orders it', () => {
    const shown = run(command('onboard'))
    expect(shown).toMatch(/replaced {2}assembly::packet-core::1\.0[\s\S]*Completed after/)
  }, 120_000)

  it('brings up a real project on simulated infrastructure', (context) => {
    if (!existsSync(join(root, HELLO_HELM))) return context.skip(`there is no ${HELLO_HELM} here`)
    const shown = run(command('onboard').replace('examples/packet-core --order my-core', `${HELLO_HELM} --order hello`))
    expect(shown).toMatch(/added {2}assembly::wrapper-hellohelm::1\.0[\s\S]*Completed after/)
  }, 60_000)

  it('says what is wrong with a folder or an order', () => {
    expect(() => run(`npm run -s onboard -- --url ${url()} runtime`)).toThrow('runtime has no lmproject.yml')
    expect(() => run(command('onboard').replace('--order my-core', '--order core'))).toThrow(
      'there already is an assembly with the name core',
    )
    expect(() => run(`npm run -s onboard -- --url http://127.0.0.1:1 examples/packet-core`)).toThrow(
      'is Homeostat running?',
    )
  }, 60_000)

  it('deletes it, and remembers that after a restart', async () => {
    run(command('deleteAssembly'))
    await until(async () => (await lastOf('core', 'DeleteAssembly')) === 'Completed', 60_000)
    expect(core()).toBeUndefined()
    expect(await stop('SIGTERM')).toBe(0)
  }, 90_000)
})
