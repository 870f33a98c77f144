/** `npm run cluster` as somebody uses it who reads what it prints. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../runtime/testing/until.ts'
import { freePort } from './servers/free-port.ts'
import { servers } from './servers/for-tests.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const data = mkdtempSync(join(tmpdir(), 'homeostat-local-cluster-'))
const UP_MS = 120_000

/** A program in a process group of its own, as a terminal gives it one. */
class Terminal {
  readonly child: ChildProcess
  printed = ''

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const { redisUrl, kafkaBrokers } = servers()
    this.child = spawn(join(root, 'node_modules/.bin/node'), ['scripts/cluster.ts', ...args], {
      cwd: root,
      env: {
        ...process.env,
        REDIS_URL: redisUrl,
        KAFKA_BROKERS: kafkaBrokers.join(','),
        HOMEOSTAT_DATA: data,
        HOMEOSTAT_PORT: '0',
        // Handed on to all that it starts, so that whatever stays behind is found.
        STARTED_FOR: data,
        ...environment,
      },
      detached: true,
    })
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.printed += chunk.toString()))
  }

  async shows(text: string | RegExp, deadlineMs = UP_MS): Promise<void> {
    const isThere = (): boolean => (typeof text === 'string' ? this.printed.includes(text) : text.test(this.printed))
    await until(() => isThere() || this.child.exitCode !== null, deadlineMs)
    if (!isThere()) throw new Error(`it has ended without ${String(text)}:\n${this.printed}`)
  }

  /** Ctrl-C goes to all that runs in the terminal. */
  async interrupt(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGINT')
    return this.ended()
  }

  async ended(deadlineMs = 60_000): Promise<number | null> {
    await until(() => this.child.exitCode !== null || this.child.signalCode !== null, deadlineMs)
    return this.child.exitCode
  }

  kill(): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL')
    } catch {
      // It has ended, as it should.
    }
  }
}

/** Processes that were started here, and not yet gone: their environment says so. */
const left = (): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`STARTED_FOR=${data}`)
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return isOurs ? [`${pid} ${command}`] : []
      } catch {
        return []
      }
    })

let cluster: Terminal
const opened: Terminal[] = []
const open = (args: readonly string[], environment?: Readonly<Record<string, string>>): Terminal => {
  const terminal = new Terminal(args, environment)
  opened.push(terminal)
  return terminal
}
/** What the printed command with this text answers. */
const curl = (text: string): string => {
  const line = cluster.printed.split('\n').find((each) => each.startsWith('  curl') && each.includes(text))
  const { stdout, status } = spawnSync('sh', ['-c', line ?? ''], { cwd: root, encoding: 'utf8', timeout: 60_000 })
  expect([line, status]).toEqual([line, 0])
  return stdout
}
/** A command that was printed, as it stands there. */
const asPrinted = (command: string): Terminal => {
  expect(cluster.printed).toContain(`  npm run cluster -- ${command}`)
  return open(command.split(' '))
}

beforeAll(async () => {
  cluster = open([])
  await cluster.shows('node participants/example-participant.ts')
}, UP_MS)
afterAll(() => {
  for (const terminal of opened) terminal.kill()
  rmSync(data, { recursive: true, force: true })
})

it('starts three nodes and participants, orders the examples, and says what can be tried', () => {
  for (const name of ['node-1', 'node-2', 'node-3', 'participants'])
    expect(cluster.printed).toMatch(`${name} is up at http://127.0.0.1:`)
  expect(cluster.printed).toMatch(/Completed after \d+\.\d s\n/)
  expect(cluster.printed).toMatch(/relief-north .* ordered to RUNNING:\n[^]*✘ cells\.ReliefPolicy: [^]*✔ RUNNING\n/)
  expect(cluster.printed).toContain('Stop with Ctrl-C: Redis, Kafka and their data go, too.')
  expect(cluster.printed).not.toContain('[homeostat]')
})

it('does not start twice, and says where it runs', async () => {
  const second = open([])
  expect(await second.ended()).toBe(1)
  expect(second.printed).toMatch(/^a cluster runs here already \(process \d+, first node at http:\S+\): end it there/)
  expect(second.printed.trimEnd().split('\n')).toHaveLength(1)
})

it('shows who serves what, kills a node, and starts it again', async () => {
  const line =
    /^node-1 Ready \[[\d ]+\] {3}node-2 Ready \[[\d ]+\] {3}node-3 Ready \[[\d ]+\] {3}participants Ready \[\]$/m
  await until(async () => {
    const status = asPrinted('status')
    await status.ended()
    return line.test(status.printed)
  }, 60_000)

  const kill = asPrinted('kill 2')
  expect(await kill.ended(90_000), kill.printed).toBe(0)
  expect(kill.printed).toMatch(/kill -9 of node-2 \(pid \d+\), which served [1-9]\d* shards/)
  expect(kill.printed).toMatch(/All shards are served again: known here \d+\.\d s after the kill/)
  const again = open(['kill', '2'])
  expect(await again.ended()).toBe(1)
  expect(again.printed).toContain('node-2 does not run: npm run cluster -- start 2')

  const start = asPrinted('start 2')
  await start.shows(/node-2 is up at http:\S+; Ctrl-C ends it/)
  await until(async () => {
    const status = open(['status'])
    await status.ended()
    return line.test(status.printed)
  }, 60_000)
  const twice = open(['start', '2'])
  expect(await twice.ended()).toBe(1)
  expect(twice.printed).toContain('node-2 runs already')
}, 240_000)

it('lets a loop wait for participants that were killed, and go on when they are started again', async () => {
  for (const text of ['/v2/commission', '@examples/cell-relief/south.yaml'])
    expect(JSON.parse(curl(text))).not.toHaveProperty('errorDetails')
  const kill = asPrinted('kill participants')
  expect(await kill.ended(), kill.printed).toBe(0)
  expect(kill.printed).toContain('which served no shards: there is nothing to take over')
  curl('"orderedState":"PASSIVE"')
  await until(() => /cells\.ReliefAction\) to go .* on SimulatorParticipant0/.test(curl('relief-south/1.0.0/waiting')))
  await asPrinted('start participants').shows('participants is up at')
  await until(() => curl('relief-south/1.0.0').includes('"state":"PASSIVE","since"'), 60_000)
}, 120_000)

it('names what it does not know', async () => {
  for (const [args, text] of [
    [['kill', '7'], 'there is no node 7; there are node-1, node-2, node-3, participants'],
    [['dance'], 'npm run cluster -- kill 2'],
  ] as const) {
    const terminal = open(args)
    expect(await terminal.ended()).toBe(1)
    expect(terminal.printed).toContain(text)
  }
}, 60_000)

it('ends all of it with Ctrl-C, also what was started in another terminal', async () => {
  expect(left().length).toBeGreaterThan(4)
  expect(await cluster.interrupt(), cluster.printed).toBe(0)
  expect(cluster.printed).toContain('SIGINT: stopping all of it')
  await until(() => left().length === 0, 30_000).catch(() => expect(left()).toEqual([]))
  expect(readdirSync(data)).toEqual([])
  const status = open(['status'])
  expect(await status.ended()).toBe(1)
  expect(status.printed).toContain('no cluster runs here: start one with npm run cluster')
}, 120_000)

it('says which ports are taken before it starts anything', async () => {
  const port = await freePort()
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve))
  try {
    const terminal = open([], { HOMEOSTAT_PORT: String(port - 1) })
    expect(await terminal.ended()).toBe(1)
    expect(terminal.printed.trimEnd()).toMatch(
      new RegExp(`^the nodes need the ports ${port - 1} to ${port + 2}, and somebody has .*${port}.*: choose others`),
    )
  } finally {
    holder.close()
  }
  const nonsense = open([], { HOMEOSTAT_PORT: 'x' })
  expect(await nonsense.ended()).toBe(1)
  expect(nonsense.printed).toContain('HOMEOSTAT_PORT must be the port of the first of 4 nodes')
}, 60_000)

it('is what npm runs', () => {
  const { stdout, status } = spawnSync('npm', ['run', '-s', 'cluster', '--', 'help'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect([status, stdout]).toEqual([1, ''])
}, 90_000)
