/**
 * `npm start` as a newcomer meets it: the node itself, and every command that it prints, as pasted. And the same of a node
 * in a cluster of three, where each command goes to another node.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../runtime/testing/until.ts'
import { uniqueSystem } from '../scripts/servers/for-tests.ts'
import { EXAMPLE_PARTICIPANTS, participantsText } from '../system/participant-settings.ts'
import { startTestCluster, type TestCluster } from '../system/testing/test-cluster.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const LOOP_FILE = 'examples/cell-relief/service-template.yaml'
const HELLO_HELM = '../shared/data/lifecycle/hellohelm'

interface Assembly {
  readonly state?: string
  readonly properties: readonly { readonly name: string; readonly value: string }[]
  readonly children: readonly Assembly[]
  readonly name: string
  readonly instances?: readonly Assembly[]
}
interface History {
  readonly events: readonly { readonly event: { readonly type: string } }[]
}
interface Loop {
  readonly state: string
  readonly elements: readonly { readonly state: string }[]
}
/** The indented lines of a chapter. */
const readmeCommands = (chapter: string): readonly string[] => {
  const text = readFileSync(join(root, 'README.md'), 'utf8').split(`## ${chapter}\n`)[1]?.split(/^## /m)[0] ?? ''
  const lines = text.split('\n').filter((line) => line.startsWith('    '))
  expect(lines.length).toBeGreaterThan(3)
  return lines.map((line) => line.trim())
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
      const system = uniqueSystem()
      others = await startTestCluster({
        system,
        nodes: ['node-2', 'node-3'],
        environment: { HOMEOSTAT_POLICY_QUIET_MS: '100', HOMEOSTAT_PARTICIPANT_TOPIC: `${system}-participants` },
      })
      return {
        ...others.cluster.environmentFor('node-1'),
        HOMEOSTAT_EXAMPLE: 'on',
        HOMEOSTAT_PARTICIPANTS: participantsText(EXAMPLE_PARTICIPANTS),
      }
    },
    otherUrls: () => others?.cluster.urls ?? [],
    close: async () => others?.close(),
  }
}

describe.each([onOneMachine(), inACluster()])('npm start $name', (place) => {
  const scratch = mkdtempSync(join(tmpdir(), 'homeostat-welcome-'))
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
  /** By curl, too: a connection that is kept open may be closed while a command is run, and nobody notices. */
  const get = <Shape>(path: string): Shape => json<Shape>(`curl -s '${url()}${path}'`)
  const lastOf = (assembly: string, intentType: string): string | undefined =>
    get<{ readonly status: string }[]>(`/api/processes?assemblyName=${assembly}&intentTypes=${intentType}`)[0]?.status

  const loop = (name: string): Loop => get(`/api/runtime/control-loops/${name}/1.0.0`)

  beforeAll(async () => {
    environment = await place.open()
    await start()
  }, 180_000)
  afterAll(async () => {
    await stop('SIGTERM')
    await place.close()
    rmSync(scratch, { recursive: true, force: true })
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

  it('brings a control loop to RUNNING, of which an element fails once and is tried again', () => {
    expect(printed).toMatch(
      /relief-north .* ordered to RUNNING:\n.*▶ UNINITIALISED to PASSIVE\n.*✔ PASSIVE\n.*▶ PASSIVE to RUNNING\n.*✘ cells\.ReliefPolicy: .*\n.*attempt 1 failed; the next one after \d\.\d s\n.*✔ RUNNING\n/,
    )
    const { events } = get<History>('/api/runtime/control-loops/relief-north/1.0.0/history')
    expect(events.filter(({ event }) => event.type === 'element-failed')).toHaveLength(1)
    expect(events.filter(({ event }) => event.type === 'drifted')).toEqual([])
    const { state, elements } = loop('relief-north')
    expect([state, ...elements.map((element) => element.state)]).toEqual(['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING'])
  })

  it('heals what is broken, by the pasted command', async () => {
    run(command('/api/metrics/integrity'))
    await until(() => lastOf('core', 'HealAssembly') === 'Completed', 30_000)
    expect(core()?.state).toBe('Active')
    expect(json<History>(command('/history')).events.length).toBeGreaterThan(10)
    expect(json<{ readonly waiting: readonly unknown[] }>(command('/waiting')).waiting).toEqual([])
  }, 60_000)

  it('takes a control loop up and down again, by the commands of the README', async () => {
    const known: string[] = []
    for (const line of readmeCommands('Control loops')) {
      if (/^(\w+=|order\(\))/.test(line)) {
        known.push(line.replaceAll('http://127.0.0.1:8080', url()))
        continue
      }
      const answer = json<object>([...known, line.replaceAll('http://127.0.0.1:8080', url())].join('\n'))
      expect([line, answer]).toEqual([
        line,
        expect.not.objectContaining({ errorDetails: expect.anything() as unknown }),
      ])
      const ordered = /^order (\w+)$/.exec(line)?.[1] ?? 'RUNNING'
      // It takes its time for that on purpose, and is ordered back on the way.
      if (ordered !== 'RUNNING') await until(() => loop('relief-south').state === ordered, 20_000)
    }
    expect(loop('relief-south')).toMatchObject({ status: 404 })
  }, 60_000)

  it('commissions a TOSCA file, makes a loop of it and orders it, by the pasted commands', async () => {
    const made = json<{ readonly affectedControlLoopDefinitions: readonly { readonly name: string }[] }>(
      command('/v2/commission'),
    )
    expect(made.affectedControlLoopDefinitions).toContainEqual({ name: 'cells.ReliefLoop', version: '1.0.0' })
    const affected = { affectedControlLoops: [{ name: 'relief-south', version: '1.0.0' }] }
    expect(json(command('@examples/cell-relief/south.yaml'))).toEqual(affected)
    expect(json(command('"orderedState":"PASSIVE"'))).toEqual(affected)
    await until(() => loop('relief-south').state === 'PASSIVE', 20_000)
    expect(json(command('"orderedState":"RUNNING"'))).toEqual(affected)
    // It takes its time for that on purpose.
    await until(() => run(command('relief-south/1.0.0/waiting')).includes('(cells.LoadAnalytics) to go from PASSIVE'))
    expect(json<Loop>(command('relief-south/1.0.0')).state).toBe('PASSIVE2RUNNING')
    expect(json(command('/api/runtime/alarms'))).toEqual({ alarms: [] })
  }, 60_000)

  it('grows under load, is killed with kill -9 on the way, and carries on', async () => {
    run(command('/api/metrics/load'))
    await until(() => lastOf('core__user-plane', 'ScaleOutAssembly') === 'In Progress')
    expect(core()?.state).toBe('Active')
    await stop('SIGKILL')
    await start()
    await until(() => lastOf('core__user-plane', 'ScaleOutAssembly') === 'Completed', 30_000)
    expect(JSON.stringify(core())).toContain('core__user-plane__forwarder__3')
    expect(core()?.state).toBe('Active')
    for (const name of ['relief-north', 'relief-south']) await until(() => loop(name).state === 'RUNNING', 30_000)
  }, 120_000)

  it('onboards a project folder and orders it', () => {
    const shown = run(command('onboard'))
    expect(shown).toMatch(/replaced {2}assembly::packet-core::1\.0[\s\S]*Completed after/)
  }, 120_000)

  it('onboards a TOSCA file, as often as one likes, and orders a loop of it', () => {
    const file = command('onboard').replace('examples/packet-core --order my-core', LOOP_FILE)
    const [first, second] = [run(file), run(file)]
    expect(first).toContain('commissioned  cells.ReliefLoop:1.0.0\n')
    expect(first).toContain('for org.homeostat.SimulatedParticipant:1.0.0: SimulatorParticipant0:1.0.0\n')
    // What it says then works as well. The ids of the elements are new ones each time.
    const [create = '', order = ''] = second.split('\n').filter((line) => line.startsWith('  curl'))
    expect(json(create)).toMatchObject({ affectedControlLoops: [{ name: 'my-loop', version: '1.0.0' }] })
    expect(json(order)).toEqual({ affectedControlLoops: [{ name: 'my-loop', version: '1.0.0' }] })
    expect(run(`${file} --order east`)).toMatch(/east .* to RUNNING[^]*✔ PASSIVE\n[^]*✔ RUNNING\n/)
    expect(loop('east').state).toBe('RUNNING')
    expect(() => run(`${file} --order east`)).toThrow('control loop east:1.0.0 is already defined')
  }, 60_000)

  it('brings up a real project on simulated infrastructure', (context) => {
    if (!existsSync(join(root, HELLO_HELM))) return context.skip(`there is no ${HELLO_HELM} here`)
    const shown = run(command('onboard').replace('examples/packet-core --order my-core', `${HELLO_HELM} --order hello`))
    expect(shown).toMatch(/added {2}assembly::wrapper-hellohelm::1\.0[\s\S]*Completed after/)
  }, 60_000)

  it('says what is wrong with a folder, a file or an order', () => {
    expect(() => run(`npm run -s onboard -- --url ${url()} runtime`)).toThrow('runtime has no lmproject.yml')
    const broken = join(scratch, 'broken.yaml')
    writeFileSync(broken, readFileSync(join(root, LOOP_FILE), 'utf8').replace('load_percent: 85', 'load_percent: 185'))
    expect(() => run(`npm run -s onboard -- --url ${url()} ${broken}`)).toThrow(
      /broken\.yaml:\d+:\d+: error: '185' should be from 1 to 100/,
    )
    expect(() => run(command('onboard').replace('--order my-core', '--order core'))).toThrow(
      'there already is an assembly with the name core',
    )
    expect(() => run(`npm run -s onboard -- --url http://127.0.0.1:1 examples/packet-core`)).toThrow(
      'is Homeostat running?',
    )
  }, 60_000)

  it('deletes it, and remembers that after a restart', async () => {
    run(command('deleteAssembly'))
    await until(() => lastOf('core', 'DeleteAssembly') === 'Completed', 60_000)
    expect(core()).toBeUndefined()
    expect(await stop('SIGTERM')).toBe(0)
  }, 90_000)
})
