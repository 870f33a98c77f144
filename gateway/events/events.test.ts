import { afterEach, describe, expect, it } from 'vitest'
import { LIVE_TOPIC } from '../../actors/live.ts'
import { encodePublished } from '../../runtime/published.ts'
import { until } from '../../runtime/testing/until.ts'
import { createGateway, type Gateway } from '../app.ts'
import type { GatewayParts } from '../parts.ts'
import { stubParts, type StubOptions } from '../testing/stub-parts.ts'

interface Client {
  readonly texts: string[]
  readonly ids: () => string[]
  ended: 'no' | 'closed' | 'cut'
  stop(): Promise<void>
}

let gateway: Gateway | undefined
let parts: GatewayParts
const clients: Client[] = []

const open = async (stubs: StubOptions = {}): Promise<void> => {
  parts = stubParts(stubs)
  gateway = createGateway(parts)
  await parts.log.createTopic(LIVE_TOPIC, 1)
}
afterEach(async () => {
  gateway?.events.close()
  for (const client of clients.splice(0)) await client.stop()
})

const publish = (key: string, ...messages: object[]): Promise<void> =>
  parts.log.append(
    messages.map((message, index) => ({
      topic: LIVE_TOPIC,
      partition: 0,
      value: encodePublished({ id: `e${index}`, key, atMs: 0, sender: 'process/p', trace: 't', message }),
    })),
  )

const connect = async (query = '', headers: Record<string, string> = {}): Promise<Client> => {
  const response = await (gateway as Gateway).app.request(`/api/events${query}`, { headers })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const texts: string[] = []
  const client: Client = {
    texts,
    ids: () =>
      texts
        .join('')
        .split('\n\n')
        .filter((text) => text.includes('data:'))
        .map((text) => /^id: (.*)$/m.exec(text)?.[1] ?? 'gap'),
    ended: 'no',
    stop: () => reader.cancel(),
  }
  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      texts.push(new TextDecoder().decode(value))
    }
  }
  read().then(
    () => (client.ended = 'closed'),
    () => (client.ended = 'cut'),
  )
  clients.push(client)
  return client
}

describe('GET /api/events', () => {
  it('sends what happens from now on, with positions as ids', async () => {
    await open()
    await publish('old', { n: 0 })
    const client = await connect()
    await until(() => client.texts.join('').includes('id: 0\n\n'))
    await publish('asm', { eventType: 'X', n: 1 }, { n: 2 })
    await until(() => client.ids().length === 2)
    expect(client.ids()).toEqual(['1', '2'])
    expect(client.texts.join('')).toContain(
      'id: 1\ndata: {"position":1,"at":"1970-01-01T00:00:00.000Z","sender":"process/p","trace":"t","message":{"eventType":"X","n":1}}\n\n',
    )
  })

  it('resumes behind an id, without leaving out or repeating anything while new events come', async () => {
    await open()
    for (let n = 0; n < 300; n++) await publish('asm', { n })
    const other = await connect()
    const client = await connect('', { 'Last-Event-ID': '9' })
    for (let n = 300; n < 350; n++) await publish('asm', { n })
    await until(() => client.ids().length === 340 && other.ids().length === 50)
    expect(client.ids()).toEqual(Array.from({ length: 340 }, (_, index) => String(index + 10)))
    const all = await connect('?after=-1')
    await until(() => all.ids().length === 350)
  })

  it('tells of a gap when what is asked for is no longer, or not yet, held', async () => {
    await open()
    for (let n = 0; n < 10; n++) await publish('asm', { n })
    await parts.log.trim(LIVE_TOPIC, 0, 5)
    const client = await connect('?after=1')
    await until(() => client.ids().length === 6)
    expect(client.ids()).toEqual(['gap', '5', '6', '7', '8', '9'])
    const ahead = await connect('?after=500')
    await until(() => ahead.ids().length === 1)
    await publish('asm', { n: 10 })
    await until(() => ahead.ids().length === 2)
    expect(ahead.ids()).toEqual(['gap', '10'])
  })

  it('narrows to an assembly, root or nested', async () => {
    await open()
    const root = await connect('?assembly=asm')
    const nested = await connect('?assembly=asm__N')
    await publish('other', { rootAssemblyName: 'other' })
    await publish(
      'asm',
      { rootAssemblyName: 'asm', resourceName: 'asm__A' },
      { rootAssemblyName: 'asm', resourceName: 'asm__N__C' },
    )
    await publish('asm', { rootAssemblyName: 'asm', assemblyName: 'asm__N' })
    await until(() => root.ids().length === 3)
    expect(root.ids()).toEqual(['1', '2', '3'])
    await until(() => nested.ids().length === 2)
    expect(nested.ids()).toEqual(['2', '3'])
  })

  it('leaves out what it cannot read', async () => {
    const reported: string[] = []
    await open({ report: (text) => reported.push(text) })
    const client = await connect()
    await parts.log.append([{ topic: LIVE_TOPIC, partition: 0, value: new Uint8Array([1, 2, 3]) }])
    await publish('asm', { n: 1 })
    await until(() => client.ids().length === 1)
    expect(reported).toHaveLength(1)
  })

  it('sends a comment when nothing happens', async () => {
    await open({ config: { eventHeartbeatMs: 5 } })
    const client = await connect()
    await until(() => client.texts.filter((text) => text.startsWith(': ')).length >= 3)
  })

  it('cuts off a client that reads too slowly', async () => {
    await open({ config: { eventBufferBytes: 2000 } })
    const response = await (gateway as Gateway).app.request('/api/events')
    await publish('asm', ...Array.from({ length: 100 }, (_, n) => ({ n, filler: 'x'.repeat(100) })))
    await until(() => gateway?.events.count() === 0)
    await expect(response.text()).rejects.toThrow('too slowly')
  })

  it('lets a client catch up on more than its buffer holds', async () => {
    await open({ config: { eventBufferBytes: 40_000 } })
    for (let n = 0; n < 20; n++)
      await publish('asm', ...Array.from({ length: 50 }, () => ({ filler: 'x'.repeat(100) })))
    const client = await connect('?after=-1')
    await until(() => client.ids().length === 1000)
    expect(client.ended).toBe('no')
  })

  it('bounds the number of streams, frees those that end, and ends all when it closes', async () => {
    await open({ config: { eventClientsMax: 2 } })
    const [first] = [await connect(), await connect()]
    expect((await (gateway as Gateway).app.request('/api/events')).status).toBe(429)
    await first?.stop()
    const third = await connect()
    gateway?.events.close()
    await until(() => third.ended === 'closed')
    expect((await (gateway as Gateway).app.request('/api/events')).status).toBe(503)
  })

  it.each(['?after=x', '?after=-2', '?after=1.5'])('refuses %s', async (query) => {
    await open()
    expect((await (gateway as Gateway).app.request(`/api/events${query}`)).status).toBe(400)
  })
})
