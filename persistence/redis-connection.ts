/**
 * A connection to Redis, single or cluster, which never waits for long and never repeats by itself what may have been
 * done: a command that can't be sent, or isn't answered in time, fails. The client goes on trying to connect.
 */
import { Cluster, Command, Redis } from 'ioredis'
import { errorText, RuntimeFault } from '../runtime/fault.ts'
import { redisErrorCode, redisFault } from './redis-fault.ts'
import type { RedisScript } from './redis-script.ts'

export interface RedisConnectionOptions {
  /** `redis://user:password@host:port/db`, `rediss://` for TLS. Several, separated by commas: nodes of one Redis Cluster. */
  readonly url: string
  /** For `CLIENT LIST`. Default `homeostat`. */
  readonly name?: string
  /** A command that isn't answered by then fails with `unavailable`; what it did is unknown. Default 5,000. */
  readonly commandTimeoutMs?: number
  /** Default 2,000. */
  readonly connectTimeoutMs?: number
  /** Longest pause between two attempts to connect. Default 250. */
  readonly reconnectMaxMs?: number
  /** Commands that wait for their answers; further ones are refused with `overloaded`. Default 10,000. */
  readonly inFlightMax?: number
  /** Told when the connection is lost or can't be made; each cause once until it is there again. */
  readonly onTrouble?: (message: string) => void
}

export type RedisArgument = string | number | Uint8Array

export interface RedisConnection {
  /** Without user and password. */
  readonly address: string
  readonly isCluster: boolean
  /**
   * Runs a script; all its keys are of one slot. Strings in the answer are Buffers.
   * @throws {RuntimeFault} `unavailable`, `overloaded` (not sent), `closed`
   */
  run(script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown>
  /** Any other command; strings in the answer are Buffers. Faults as with `run`. */
  call(command: string, args: readonly RedisArgument[]): Promise<unknown>
  /** Runs one command on every primary; answers as text, by the primary's address. */
  onPrimaries(command: string, args: readonly RedisArgument[]): Promise<ReadonlyMap<string, unknown>>
  /** A client of its own for subscriptions, which waits for the server and subscribes again by itself. */
  subscriber(): Redis | Cluster
  /** Resolves once commands can be sent. @throws {RuntimeFault} `unavailable` if that takes longer than `deadlineMs` */
  ready(deadlineMs?: number): Promise<void>
  close(): Promise<void>
}

const isReady = (client: Redis | Cluster): boolean =>
  client.status === 'ready' &&
  (client instanceof Redis || client.nodes('master').every((node) => node.status === 'ready'))

const KEEP_ALIVE_MS = 5_000
/** A Redis that is back is noticed this soon: shards wait for it. */
const RECONNECT_MAX_MS = 250
const READY_POLL_MS = 10
const CLOSE_WAIT_MS = 1_000

/** @throws {RuntimeFault} `unavailable` if a URL isn't one */
const parsed = (options: RedisConnectionOptions): readonly URL[] => {
  const urls = options.url.split(',').map((text) => text.trim())
  return urls.map((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '')
      throw new RuntimeFault(
        'unavailable',
        'a Redis URL looks like redis://host:6379 or rediss://user:password@host:6379',
      )
    return url
  })
}

const hostOf = (url: URL): { host: string; port: number } => ({
  host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
  port: Number(url.port || 6379),
})

const redisOptions = (url: URL, options: RedisConnectionOptions) => ({
  // ioredis 6 speaks RESP3 unless told otherwise; its decoder for that is young.
  protocol: 2 as const,
  connectionName: options.name ?? 'homeostat',
  ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
  ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
  ...(url.protocol === 'rediss:' && { tls: { servername: hostOf(url).host } }),
  ...(url.pathname.length > 1 && { db: Number(url.pathname.slice(1)) }),
  connectTimeout: options.connectTimeoutMs ?? 2_000,
  keepAlive: KEEP_ALIVE_MS,
  // One that is still reading its file is asked again soon, whatever it estimates.
  maxLoadingRetryTime: RECONNECT_MAX_MS,
  // A commit that may have been applied must not be sent again behind the caller's back.
  autoResendUnfulfilledCommands: false,
})

/** Of commands, not of subscriptions. A frozen peer or a cut wire shows as silence: the socket goes with the command. */
const impatience = ({ commandTimeoutMs = 5_000 }: RedisConnectionOptions) => ({
  commandTimeout: commandTimeoutMs,
  socketTimeout: commandTimeoutMs,
  maxRetriesPerRequest: 0,
})

const backoff = (options: RedisConnectionOptions) => (times: number) =>
  Math.min(50 * 2 ** Math.min(times, 10), options.reconnectMaxMs ?? RECONNECT_MAX_MS)

/** `waits`: commands wait in the client until there is a connection. For subscriptions: they are few and harmless. */
const newClient = (urls: readonly URL[], options: RedisConnectionOptions, waits: boolean): Redis | Cluster => {
  const [first] = urls
  if (first === undefined) throw new RuntimeFault('unavailable', 'no Redis URL')
  const base = {
    ...redisOptions(first, options),
    ...(waits ? { maxRetriesPerRequest: null } : impatience(options)),
  }
  const retryStrategy = backoff(options)
  if (urls.length === 1) return new Redis({ ...base, ...hostOf(first), enableOfflineQueue: waits, retryStrategy })
  return new Cluster(urls.map(hostOf), {
    redisOptions: base,
    enableOfflineQueue: waits,
    clusterRetryStrategy: retryStrategy,
    // 0: what was sent over a connection that broke is not sent again. Redirections are followed: nothing ran then.
    retryDelayOnFailover: 0,
    slotsRefreshTimeout: options.connectTimeoutMs ?? 2_000,
    // Names stay names, so that certificates match.
    dnsLookup: (address, callback) => callback(null, address),
  })
}

/**
 * Nodes of a cluster connect when they are first needed, and refuse what comes while they do. So each is connected as soon as
 * it is known; but not before the cluster is ready, as its own first question would be refused, too.
 */
const connectEarly = (cluster: Cluster): void => {
  const connect = (node: Redis): void => {
    if (cluster.status === 'ready' && node.status === 'wait') node.connect().catch(() => undefined)
  }
  cluster.on('+node', connect)
  cluster.on('ready', () => cluster.nodes('master').forEach(connect))
}

class IoredisConnection implements RedisConnection {
  readonly address: string
  readonly isCluster: boolean
  readonly #urls: readonly URL[]
  readonly #options: RedisConnectionOptions
  readonly #client: Redis | Cluster
  readonly #inFlightMax: number
  #inFlight = 0
  #isGathering = false
  #closed = false
  #trouble = ''

  constructor(options: RedisConnectionOptions) {
    this.#urls = parsed(options)
    this.#options = options
    this.address = this.#urls.map((url) => url.host).join(',')
    this.isCluster = this.#urls.length > 1
    this.#inFlightMax = options.inFlightMax ?? 10_000
    this.#client = this.#watched(newClient(this.#urls, options, false))
    if (this.#client instanceof Cluster) connectEarly(this.#client)
  }

  async run(script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    try {
      return await this.#send('evalsha', [script.sha, keys.length, ...keys, ...args])
    } catch (error) {
      if (redisErrorCode(error) !== 'NOSCRIPT') throw redisFault(error, this.address)
    }
    return this.call('eval', [script.body, keys.length, ...keys, ...args])
  }

  async call(command: string, args: readonly RedisArgument[]): Promise<unknown> {
    try {
      return await this.#send(command, args)
    } catch (error) {
      throw redisFault(error, this.address)
    }
  }

  async onPrimaries(command: string, args: readonly RedisArgument[]): Promise<ReadonlyMap<string, unknown>> {
    this.#assertOpen()
    const nodes = this.#client instanceof Redis ? [this.#client] : this.#client.nodes('master')
    const answers = nodes.map(async (node): Promise<[string, unknown]> => {
      const address = `${node.options.host ?? ''}:${node.options.port ?? ''}`
      try {
        return [address, await node.call(command, args.map(toArgument))]
      } catch (error) {
        throw redisFault(error, address)
      }
    })
    return new Map(await Promise.all(answers))
  }

  subscriber(): Redis | Cluster {
    this.#assertOpen()
    return this.#watched(newClient(this.#urls, this.#options, true))
  }

  async ready(deadlineMs = 5_000): Promise<void> {
    const endMs = Date.now() + deadlineMs
    while (!isReady(this.#client)) {
      this.#assertOpen()
      if (Date.now() >= endMs)
        throw new RuntimeFault(
          'unavailable',
          `no connection to Redis within ${deadlineMs} ms${this.#trouble && `: ${this.#trouble}`}`,
          { address: this.address },
        )
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const endMs = Date.now() + CLOSE_WAIT_MS
    while (this.#inFlight > 0 && Date.now() < endMs) await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
    this.#client.disconnect()
  }

  async #send(name: string, args: readonly RedisArgument[]): Promise<unknown> {
    this.#assertOpen()
    if (this.#inFlight >= this.#inFlightMax)
      throw new RuntimeFault('overloaded', `${this.#inFlightMax} commands wait for Redis`, { address: this.address })
    this.#inFlight++
    this.#gather()
    try {
      // No reply encoding: strings come as Buffers.
      return await this.#client.sendCommand(new Command(name, args.map(toArgument)))
    } finally {
      this.#inFlight--
    }
  }

  /**
   * What is said in one turn of the event loop goes to the server in one write: each is a system call. Not to a Redis Cluster,
   * where each command has its node's socket.
   */
  #gather(): void {
    if (this.#isGathering || !(this.#client instanceof Redis)) return
    const stream: Redis['stream'] | undefined = this.#client.stream
    if (!stream) return
    this.#isGathering = true
    stream.cork()
    // After all promises of this turn.
    process.nextTick(() => {
      this.#isGathering = false
      stream.uncork()
    })
  }

  #watched<Client extends Redis | Cluster>(client: Client): Client {
    const onError = (error: unknown): void => {
      const message = errorText(error)
      if (message === this.#trouble || this.#closed) return
      this.#trouble = message
      this.#options.onTrouble?.(message)
    }
    client.on('error', onError)
    client.on('node error', onError)
    client.on('ready', () => (this.#trouble = ''))
    return client
  }

  #assertOpen(): void {
    if (this.#closed) throw new RuntimeFault('closed', 'the connection to Redis is closed', { address: this.address })
  }
}

const toArgument = (argument: RedisArgument): string | number | Buffer =>
  argument instanceof Uint8Array && !Buffer.isBuffer(argument)
    ? Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength)
    : argument

/** Returns at once; `ready()` tells when it can be used. @throws {RuntimeFault} `unavailable` if the URL isn't one */
export const connectRedis = (options: RedisConnectionOptions): RedisConnection => new IoredisConnection(options)
