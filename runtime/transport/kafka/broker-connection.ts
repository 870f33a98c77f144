/**
 * The connections to one Kafka broker: all that this project uses of kafkajs, and the only file that imports it.
 *
 * Used is the layer below its public API: connections with TLS, SASL, versions and correlation, and the coding of small
 * requests. Its producer spends 5 to 10 µs on the encoding of each record and fails all partitions of a request when one
 * fails; its group consumer stops fetching during each rebalance and can't leave the group while one goes on. Both are
 * written anew here on this layer, which is why the version is pinned and its parts have types in
 * `kafkajs-internals.d.ts`.
 */
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import type { SASLOptions } from 'kafkajs'
import Broker from 'kafkajs/src/broker/index.js'
import assignerProtocol from 'kafkajs/src/consumer/assignerProtocol.js'
import loggers from 'kafkajs/src/loggers/index.js'
import ConnectionPool from 'kafkajs/src/network/connectionPool.js'
import type { SocketOptions, WireRequest } from 'kafkajs/src/network/connectionPool.js'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js'
import definitions from 'kafkajs/src/protocol/requests/index.js'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ConnectionSettings {
  readonly clientId: string
  readonly ssl?: ConnectionOptions | undefined
  readonly sasl?: SASLOptions | undefined
  readonly connectTimeoutMs: number
  /** An answer that takes longer counts as a lost connection (a fetch or join may take its own wait longer). */
  readonly requestTimeoutMs: number
}

/** The lanes are two sockets: a broker answers the requests of one socket one after the other. */
export type Lane = 0 | 1

export const { MemberMetadata, MemberAssignment } = assignerProtocol

const silent = loggers.createLogger({ level: loggers.LEVELS.NOTHING, logCreator: () => () => undefined })
const asIs = async (decoded: unknown): Promise<unknown> => decoded

/** One broker, connected. What is lost is not mended: the owner throws it away and connects anew. */
export class BrokerConnection {
  readonly address: Address
  readonly broker: Broker
  readonly #pool: ConnectionPool
  readonly #sockets = new Set<Socket>()
  #secondLane: Promise<unknown> | undefined

  private constructor(address: Address, settings: ConnectionSettings) {
    this.address = address
    this.#pool = new ConnectionPool({
      ...address,
      clientId: settings.clientId,
      ssl: settings.ssl ?? null,
      sasl: settings.sasl ?? null,
      connectionTimeout: settings.connectTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      enforceRequestTimeout: true,
      logger: silent,
      socketFactory: (options) => this.#openSocket(options),
    })
    // kafkajs sets a timer (with a negative delay, of which Node warns) after each answer, whether or not a request waits.
    for (const { requestQueue } of this.#pool.pool) {
      const schedule = requestQueue.scheduleCheckPendingRequests.bind(requestQueue)
      requestQueue.scheduleCheckPendingRequests = () => {
        if (requestQueue.pending.length > 0) schedule()
      }
    }
    this.broker = new Broker({
      connectionPool: this.#pool,
      logger: silent,
      allowAutoTopicCreation: false,
      authenticationTimeout: settings.connectTimeoutMs,
    })
  }

  static async open(address: Address, settings: ConnectionSettings): Promise<BrokerConnection> {
    const connection = new BrokerConnection(address, settings)
    try {
      await connection.broker.connect()
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  get isConnected(): boolean {
    return this.#pool.pool[0]?.isConnected() === true
  }

  /** Resolves with what the request's `response` makes of the answer. */
  async send(request: WireRequest, lane: Lane = 0): Promise<unknown> {
    if (lane === 1) await (this.#secondLane ??= this.#pool.getConnection(1))
    const connection = this.#pool.pool[lane]
    if (connection?.isConnected() !== true) throw new Error(`the connection to ${addressText(this.address)} is lost`)
    return connection.send(request)
  }

  /** Ends both lanes at once; requests under way reject. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy(new Error('dropped'))
  }

  metadata(topics: readonly string[]): Promise<unknown> {
    return this.send(this.#lenient('Metadata', { topics, allowAutoTopicCreation: false }))
  }

  /** `body`: the request, encoded in the layout that versions 3 to 7 share. */
  async produce(body: Buffer): Promise<unknown> {
    const { request, response } = this.#lenient('Produce', { acks: -1, timeout: 0, topicData: [] })
    return this.send({ request: { ...request, encode: async () => ({ buf: body, buffer: body }) }, response })
  }

  /** @returns what `decode` makes of the answer, which has the layout of version 11 */
  async fetch<Answer extends object>(
    options: object & { readonly maxWaitTime: number },
    lane: Lane,
    decode: (answer: Buffer) => Answer,
  ): Promise<Answer> {
    const { request, requestTimeout } = this.#lenient('Fetch', options)
    if (request.apiVersion !== 11) throw new Error('Kafka 2.4 or newer is needed')
    const response = { decode: async (payload: Buffer) => decode(payload), parse: asIs }
    return (await this.send({ request, response, requestTimeout: requestTimeout ?? 0 }, lane)) as Answer
  }

  joinGroup(options: object): Promise<unknown> {
    return this.send(this.broker.lookupRequest(apiKeys.JoinGroup, definitions.requests.JoinGroup)(options))
  }

  /** A request whose answer is handed over even where parts of it are errors. */
  #lenient(name: 'Produce' | 'Fetch' | 'Metadata', options: object): WireRequest {
    const wire = this.broker.lookupRequest(apiKeys[name], definitions.requests[name])(options)
    return { ...wire, response: { decode: (payload) => wire.response.decode(payload), parse: asIs } }
  }

  #openSocket({ host, port, ssl, onConnect }: SocketOptions): Socket {
    const socket = ssl
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : connectTcp({ host, port }, onConnect)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 30_000)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    return socket
  }
}

export const addressText = ({ host, port }: Address): string => `${host}:${port}`

interface Refused {
  readonly type?: string
  readonly memberId?: string
  readonly errors?: readonly Refused[]
  readonly partitions?: readonly { readonly error: Refused }[]
  readonly cause?: unknown
}

/** The name of the error that the broker answered with; `undefined` if it was no answer but a loss. */
export const refusalOf = (error: unknown): string | undefined => {
  const { type, errors, partitions, cause } = error as Refused
  return (
    type ?? errors?.[0]?.type ?? partitions?.[0]?.error.type ?? (cause instanceof Error ? refusalOf(cause) : undefined)
  )
}

/** The id that the coordinator gave to a member that asked to join for the first time. */
export const givenMemberId = (error: unknown): string | undefined =>
  (error as Refused).memberId ?? ((error as Refused).cause as Refused | undefined)?.memberId

/** The name of an error code, or `undefined` for none. */
export const errorOfCode = (code: number): string | undefined =>
  code === 0 ? undefined : protocolErrors.createErrorFromCode(code).type
