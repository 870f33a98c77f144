/**
 * A keep-alive HTTP/1.1 connection that is as lean as it gets: prepared bytes out, status and body in, one request at a
 * time. Knows what servers on Node answer (a length or chunks), and nothing else of HTTP.
 */
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  readonly body: string
}

export class Connection {
  readonly #socket: Socket
  #received = ''
  #onAnswer: ((answer: Answer) => void) | undefined
  #onError: (error: Error) => void

  constructor(socket: Socket, onError: (error: Error) => void) {
    this.#socket = socket
    this.#onError = onError
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', (error) => this.#onError(error))
    socket.on('close', () => this.#onError(new Error('the server closed a connection')))
  }

  static open(port: number, onError: (error: Error) => void): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.off('error', reject)
        resolve(new Connection(socket, onError))
      })
      socket.once('error', reject)
    })
  }

  send(request: string, onAnswer: (answer: Answer) => void): void {
    this.#onAnswer = onAnswer
    this.#socket.write(request, 'latin1')
  }

  close(): void {
    this.#onError = () => undefined
    this.#socket.destroy()
  }

  #take(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text
    const answer = answerIn(this.#received)
    if (answer === undefined) return
    this.#received = ''
    const settle = this.#onAnswer
    this.#onAnswer = undefined
    settle?.(answer)
  }
}

/** Undefined: it isn't all there yet. */
export const answerIn = (text: string): Answer | undefined => {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const status = Number(text.slice(9, 12))
  const head = text.slice(0, end).toLowerCase()
  const at = head.indexOf('\r\ncontent-length:')
  if (at >= 0) {
    const length = Number.parseInt(head.slice(at + 17), 10)
    return text.length - end - 4 < length ? undefined : { status, body: text.slice(end + 4, end + 4 + length) }
  }
  if (!head.includes('\r\ntransfer-encoding: chunked')) return { status, body: '' }
  return unchunked(text, end + 4, status)
}

const unchunked = (text: string, from: number, status: number): Answer | undefined => {
  let body = ''
  for (let at = from; ;) {
    const line = text.indexOf('\r\n', at)
    if (line < 0) return undefined
    const length = Number.parseInt(text.slice(at, line), 16)
    if (text.length < line + 4 + length) return undefined
    if (length === 0) return { status, body }
    body += text.slice(line + 2, line + 2 + length)
    at = line + 4 + length
  }
}
