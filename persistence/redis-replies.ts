/**
 * Replies between nodes over Redis's publish and subscribe: one channel per node. What is said while nobody listens, or
 * while Redis is away, is lost, as replies may be; nothing waits here, and nothing grows.
 */
import { decode, encode } from '../runtime/codec.ts'
import { errorText } from '../runtime/fault.ts'
import type { ReplyAddress } from '../runtime/message.ts'
import type { Answer, ReplyTransport } from '../runtime/replies.ts'
import type { RedisConnection } from './redis-connection.ts'
import { plainBytes } from './redis-text.ts'
import { RedisKeys } from './redis-keys.ts'

export interface RedisRepliesOptions {
  /** Closed by whoever opened it. A second one, for what is listened to, belongs to the replies. */
  readonly connection: RedisConnection
  readonly prefix: string
  /** Answers in one PUBLISH. Default 512. */
  readonly batchMax?: number
  /** Batches on their way to Redis; answers beyond that are lost. Default 1,000. */
  readonly inFlightMax?: number
  /** How often a listening node checks that it hears itself, and subscribes anew if it doesn't. Default 3,000. */
  readonly echoEveryMs?: number
  /** Told of what was lost or couldn't be read. */
  readonly onTrouble?: (message: string) => void
}

type Listener = (correlation: number, answer: Answer) => void

interface Listening {
  readonly node: string
  readonly onAnswer: Listener
  /** The echo that was sent and not heard yet. */
  echo: number
}

const VERSION = 1

export interface RedisReplies extends ReplyTransport {
  /** Answers that were given up: Redis was away, or too much was on its way. */
  readonly lost: number
  close(): Promise<void>
}

class PublishedReplies implements RedisReplies {
  readonly #connection: RedisConnection
  readonly #subscriber: ReturnType<RedisConnection['subscriber']>
  readonly #keys: RedisKeys
  readonly #options: RedisRepliesOptions
  readonly #batchMax: number
  readonly #inFlightMax: number
  readonly #listening = new Map<string, Listening>()
  readonly #echoTimer: ReturnType<typeof setInterval>
  /** By node; filled within one turn of the event loop. */
  #batches = new Map<string, [number, Answer][]>()
  #inFlight = 0
  #echoes = 0
  #closed = false
  lost = 0

  constructor(options: RedisRepliesOptions) {
    this.#options = options
    this.#connection = options.connection
    this.#keys = new RedisKeys(options.prefix)
    this.#batchMax = options.batchMax ?? 512
    this.#inFlightMax = options.inFlightMax ?? 1_000
    this.#subscriber = options.connection.subscriber()
    this.#subscriber.on('messageBuffer', (channel: Buffer, message: Buffer) => this.#hear(channel.toString(), message))
    this.#echoTimer = setInterval(() => this.#listenToItself(), options.echoEveryMs ?? 3_000).unref()
  }

  send({ node, correlation }: ReplyAddress, answer: Answer): void {
    const here = this.#listening.get(this.#keys.channelOf(node))
    if (here !== undefined) return here.onAnswer(correlation, answer)
    if (this.#closed) return
    if (this.#batches.size === 0) setImmediate(() => this.#flush())
    const batch = this.#batches.get(node)
    if (batch === undefined) this.#batches.set(node, [[correlation, answer]])
    else {
      batch.push([correlation, answer])
      if (batch.length < this.#batchMax) return
      this.#publish(node, batch)
      this.#batches.set(node, [])
    }
  }

  listen(node: string, onAnswer: Listener): () => void {
    const channel = this.#keys.channelOf(node)
    this.#listening.set(channel, { node, onAnswer, echo: 0 })
    // Waits in the client until there is a connection, and is repeated with each new one.
    this.#subscriber.subscribe(channel).catch((error: unknown) => this.#trouble(errorText(error)))
    return () => {
      this.#listening.delete(channel)
      if (!this.#closed) this.#subscriber.unsubscribe(channel).catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#flush()
    this.#closed = true
    clearInterval(this.#echoTimer)
    this.#listening.clear()
    this.#subscriber.disconnect()
  }

  #flush(): void {
    const batches = this.#batches
    this.#batches = new Map()
    for (const [node, batch] of batches) if (batch.length > 0) this.#publish(node, batch)
  }

  #publish(node: string, answers: readonly (readonly [number, Answer])[]): void {
    if (this.#inFlight >= this.#inFlightMax) return this.#lose(answers.length, 'too much is on its way to Redis')
    this.#inFlight++
    this.#say(node, [VERSION, answers])
      .catch((error: unknown) => this.#lose(answers.length, errorText(error)))
      .finally(() => this.#inFlight--)
  }

  async #say(node: string, what: unknown): Promise<void> {
    await this.#connection.call('publish', [this.#keys.channelOf(node), encode(what)])
  }

  #hear(channel: string, message: Buffer): void {
    const listening = this.#listening.get(channel)
    if (listening === undefined) return
    try {
      const [version, answers] = decode(plainBytes(message)) as [number, number | [number, Answer][]]
      if (version !== VERSION) return this.#trouble(`a reply in version ${version}; this release reads ${VERSION}`)
      if (typeof answers === 'number') listening.echo = 0
      else for (const [correlation, answer] of answers) listening.onAnswer(correlation, answer)
    } catch (error) {
      this.#trouble(`a reply that can’t be read: ${errorText(error)}`)
    }
  }

  /**
   * A subscription can be dead without anybody knowing (a wire that was cut says nothing), and it never sends. So each
   * listener says something to itself now and then; if Redis took it and it doesn't come by the next time, connect anew.
   */
  #listenToItself(): void {
    if ([...this.#listening.values()].some((each) => each.echo !== 0)) {
      for (const each of this.#listening.values()) each.echo = 0
      this.#trouble('nothing is heard of Redis: the subscription is made anew')
      return this.#subscriber.disconnect(true)
    }
    for (const each of this.#listening.values()) {
      const echo = ++this.#echoes
      each.echo = echo
      this.#say(each.node, [VERSION, echo]).catch(() => {
        // Not taken by Redis, so its absence says nothing of the subscription.
        if (each.echo === echo) each.echo = 0
      })
    }
  }

  #lose(count: number, why: string): void {
    this.lost += count
    this.#trouble(`${count} replies were lost: ${why}`)
  }

  #trouble(message: string): void {
    if (!this.#closed) this.#options.onTrouble?.(message)
  }
}

/** Resolves at once, also while Redis is away. Answers to nodes that listen in this process don't leave it. */
export const openRedisReplies = async (options: RedisRepliesOptions): Promise<RedisReplies> =>
  new PublishedReplies(options)
