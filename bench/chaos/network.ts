/**
 * A network of its own for each process: namespaces on a bridge, so that a node can be cut off from Redis, from Kafka or
 * from all others while everything else goes on. Linux, root, `ip` and `iptables`; what is made is named after this
 * process and taken away with it (what a killed run left behind goes when the next one starts).
 */
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Why networks can't be made here, or undefined. */
export const networkRefusal = (): string | undefined => {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root: run it as root (or in a container that may)'
  for (const tool of ['ip', 'iptables'])
    try {
      execFileSync(tool, ['-V'], { stdio: 'ignore' })
    } catch {
      return `${tool} is missing: install iproute2 and iptables`
    }
  return undefined
}

export interface NamespaceHandle {
  readonly name: string
  readonly address: string
  /** The command line that runs something inside. */
  inside(command: readonly string[]): readonly string[]
  /** Drops all that goes to and comes from these ports of the bridge, silently, as a broken network does. */
  cut(ports: readonly number[]): Promise<void>
  /** Takes the link down. */
  unplug(): Promise<void>
  /** Undoes all of the above. */
  heal(): Promise<void>
}

const PREFIX = 'hs'
const SUBNETS = Array.from({ length: 40 }, (_, index) => `10.${201 + index}.17`)
const NAMESPACES_MAX = 200

export class ChaosNetwork {
  /** The address of the bridge: servers listen here. */
  readonly address: string
  readonly #subnet: string
  readonly #names: string[] = []
  readonly #bridge = `${PREFIX}${process.pid}`
  #isClosed = false

  /** @throws {Error} with a reason for people if it can't be made here */
  constructor() {
    const refusal = networkRefusal()
    if (refusal !== undefined) throw new Error(refusal)
    removeAbandoned()
    const taken = ip('-4', 'addr')
    const subnet = SUBNETS.find((each) => !taken.includes(` ${each}.`))
    if (subnet === undefined) throw new Error(`no free network among ${SUBNETS[0]}.0/24 … ${SUBNETS.at(-1)}.0/24`)
    this.#subnet = subnet
    this.address = `${subnet}.1`
    process.on('exit', this.#close)
    ip('link', 'add', this.#bridge, 'type', 'bridge')
    ip('addr', 'add', `${this.address}/24`, 'dev', this.#bridge)
    ip('link', 'set', this.#bridge, 'up')
  }

  add(label: string): NamespaceHandle {
    const number = this.#names.length + 2
    if (number > NAMESPACES_MAX) throw new Error('too many namespaces')
    const name = `${PREFIX}-${process.pid}-${label}`
    const outer = `${this.#bridge}v${number}`
    this.#names.push(name)
    const address = `${this.#subnet}.${number}`
    ip('netns', 'add', name)
    ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    ip('link', 'set', outer, 'master', this.#bridge, 'up')
    ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
    ip('-n', name, 'link', 'set', 'lo', 'up')
    ip('-n', name, 'link', 'set', 'eth0', 'up')
    const inside = (command: readonly string[]): readonly string[] => ['ip', 'netns', 'exec', name, ...command]
    const within = async (...command: string[]): Promise<void> => {
      const [file = '', ...args] = inside(command)
      await run(file, args)
    }
    return {
      name,
      address,
      inside,
      cut: async (ports) => {
        const list = ports.join(',')
        for (const [chain, side] of [
          ['OUTPUT', '--dports'],
          ['INPUT', '--sports'],
        ] as const)
          await within('iptables', '-A', chain, '-p', 'tcp', '-m', 'multiport', side, list, '-j', 'DROP')
      },
      unplug: async () => within('ip', 'link', 'set', 'eth0', 'down'),
      heal: async () => {
        await within('iptables', '-F')
        await within('ip', 'link', 'set', 'eth0', 'up')
      },
    }
  }

  /** Synchronous, so that it is done even while the process ends. Processes inside must have ended. */
  close(): void {
    process.off('exit', this.#close)
    this.#close()
  }

  readonly #close = (): void => {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const name of this.#names) quietly('netns', 'del', name)
    quietly('link', 'del', this.#bridge)
  }
}

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' })

const quietly = (...args: string[]): void => {
  try {
    execFileSync('ip', args, { stdio: 'ignore' })
  } catch {
    // It has gone already; whatever else is wrong, the next run finds it again.
  }
}

/** Takes away what runs whose process is no more have left. */
const removeAbandoned = (): void => {
  const isAbandoned = (pid: string | undefined): boolean => pid !== undefined && !isAlive(Number(pid))
  for (const [, name = '', pid] of ip('netns', 'list').matchAll(/^(hs-(\d+)-\S+)/gm))
    if (isAbandoned(pid)) {
      // Frozen ones couldn't notice that their parent went.
      for (const left of ip('netns', 'pids', name).split('\n').filter(Boolean)) endQuietly(Number(left))
      quietly('netns', 'del', name)
    }
  for (const [, name = '', pid] of ip('-o', 'link', 'show', 'type', 'bridge').matchAll(/^\d+: (hs(\d+)):/gm))
    if (isAbandoned(pid)) quietly('link', 'del', name)
}

const endQuietly = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has gone already.
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
