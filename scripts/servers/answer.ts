/**
 * Does a server answer? A few bytes over a plain socket: the clients of Redis and Kafka have their homes elsewhere, and
 * they would retry and log where a yes or no is wanted.
 */
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'

const ANSWER_BYTES_MAX = 64 * 1024

interface Question {
  readonly host: string
  readonly port: number
  readonly tls?: boolean
  readonly bytes: Uint8Array
  readonly timeoutMs: number
  /** Undefined as long as the answer isn't complete. */
  readonly verdict: (answer: Buffer) => boolean | undefined
}

/** Never throws: nobody there, silence and nonsense are all a no. */
const ask = ({ host, port, tls = false, bytes, timeoutMs, verdict }: Question): Promise<boolean> =>
  new Promise((resolve) => {
    let answer = Buffer.alloc(0)
    const socket = tls ? connectTls({ host, port, servername: host }) : connect({ host, port })
    const end = (result: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => end(false), timeoutMs)
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
    socket.once(tls ? 'secureConnect' : 'connect', () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk])
      const result = verdict(answer)
      if (result !== undefined) end(result)
      else if (answer.length > ANSWER_BYTES_MAX) end(false)
    })
  })

export interface Address {
  readonly host: string
  readonly port: number
  readonly tls?: boolean
}

/** `PING`. One that wants a password answers, too; one that still loads its data doesn't. */
export const redisAnswers = (address: Address, timeoutMs = 1_000): Promise<boolean> =>
  ask({
    ...address,
    timeoutMs,
    bytes: Buffer.from('*1\r\n$4\r\nPING\r\n'),
    verdict: (answer) =>
      answer.includes('\r\n') ? answer.toString('latin1').startsWith('+PONG') || answer.includes('NOAUTH') : undefined,
  })

// Kafka's protocol: every request and answer begins with its length; then the header (request: api, its version, a number
// to find the answer by, the client's name; answer: the number) and the body.
const METADATA = 3
const METADATA_VERSION = 5
const CORRELATION = 1

export const metadataRequest = (): Buffer => {
  const client = Buffer.from('homeostat')
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length + 4 + 1)
  let at = request.writeInt32BE(request.length - 4)
  at = request.writeInt16BE(METADATA, at)
  at = request.writeInt16BE(METADATA_VERSION, at)
  at = request.writeInt32BE(CORRELATION, at)
  at = request.writeInt16BE(client.length, at)
  at += client.copy(request, at)
  at = request.writeInt32BE(0, at) // no topics
  request.writeInt8(0, at) // and none to be created
  return request
}

/** A broker that has joined its cluster names at least itself; before that its port is open already, but the list is empty. */
export const hasBrokers = (answer: Buffer): boolean | undefined => {
  if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return undefined
  const [correlationAt, brokersAt] = [4, 12]
  if (answer.length < brokersAt + 4) return false
  return answer.readInt32BE(correlationAt) === CORRELATION && answer.readInt32BE(brokersAt) > 0
}

export const kafkaAnswers = (address: Address, timeoutMs = 1_000): Promise<boolean> =>
  ask({ ...address, timeoutMs, bytes: metadataRequest(), verdict: hasBrokers })
