/**
 * What the product is held against through HTTP: a bare `node:http` server that makes one fenced Redis call per request,
 * as little of one as can be: check token and offset, write the new offset and one value. A process of its own.
 */
import { createServer } from 'node:http'
import { createHash, randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { connectRedis } from '../../persistence/redis-connection.ts'
import type { RedisScript } from '../../persistence/redis-script.ts'
import { placementOfText } from '../../runtime/placement.ts'

const body = `#!lua
local now = redis.call('HMGET', KEYS[1], 'token', 'offset')
if now[1] ~= ARGV[1] then return redis.error_reply('token-lost') end
if now[2] ~= ARGV[2] then return redis.error_reply('offset-differs') end
redis.call('HSET', KEYS[1], 'offset', ARGV[3])
return redis.call('HINCRBY', KEYS[2], ARGV[4], ARGV[5])
`
const FENCED_ADD: RedisScript = { body, sha: createHash('sha1').update(body).digest('hex') }

export interface BareOrder {
  readonly redisUrl: string
  readonly system: string
  readonly shards: number
}

export type BareReport = { readonly type: 'up'; readonly port: number }

interface Shard {
  readonly keys: readonly [meta: string, values: string]
  readonly token: string
  /** Of the next command; what is sent over one connection arrives in order. */
  offset: number
}

const start = async ({ redisUrl, system, shards: count }: BareOrder): Promise<void> => {
  const redis = connectRedis({ url: redisUrl, name: 'bench-bare' })
  await redis.ready()
  await redis.call('script', ['LOAD', body])
  const shards: Shard[] = []
  for (let shard = 0; shard < count; shard++) {
    const token = randomBytes(16).toString('hex')
    const keys = [`{${system}:${shard}}:meta`, `{${system}:${shard}}:values`] as const
    await redis.call('hset', [keys[0], 'token', token, 'offset', '0'])
    shards.push({ keys, token, offset: 0 })
  }
  const add = (id: string, amount: number): Promise<unknown> => {
    const shard = shards[placementOfText(id) % count]
    if (!shard) throw new Error('no such shard')
    const offset = shard.offset++
    return redis.run(FENCED_ADD, shard.keys, [shard.token, offset, offset + 1, id, amount])
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { amount } = JSON.parse(Buffer.concat(chunks).toString()) as { amount: number }
      const id = request.url?.slice(request.url.lastIndexOf('/') + 1) ?? ''
      add(id, amount).then(
        (value) => {
          const text = JSON.stringify({ value })
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
          response.end(text)
        },
        (error: unknown) => {
          response.writeHead(500)
          response.end(String(error))
        },
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const report: BareReport = { type: 'up', port: (server.address() as AddressInfo).port }
  process.send?.(report)
}

// Its parent ends it.
process.on('disconnect', () => process.exit(1))
process.once('message', (order: BareOrder) => {
  start(order).catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
})
