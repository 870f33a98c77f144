/**
 * Vitest's global setup: Redis and Kafka once per run, for all test files, and only if one of them asks. Until then it is a
 * socket that listens; the first test file that imports `for-tests.ts` connects, and that starts them.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { obtainServers } from './obtain.ts'
import type { Servers } from './obtain.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Port on 127.0.0.1 where `for-tests.ts` asks for the servers. */
    serversPort: number
  }
}

/** What the socket says, as JSON, before it closes. */
export type Answer = Pick<Servers, 'redisUrl' | 'kafkaBrokers' | 'how'> | { readonly problem: string }

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let obtaining: Promise<Servers> | undefined
  const answer = async (): Promise<Answer> => {
    try {
      const { redisUrl, kafkaBrokers, how } = await (obtaining ??= obtainServers())
      return { redisUrl, kafkaBrokers, how }
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) }
    }
  }
  const desk = createServer((socket) => {
    // A test process that was killed while it waited is no trouble of ours.
    socket.on('error', () => undefined)
    void answer().then((said) => socket.end(JSON.stringify(said)))
  })
  await once(desk.listen(0, '127.0.0.1'), 'listening')
  project.provide('serversPort', (desk.address() as AddressInfo).port)
  return async () => {
    desk.close()
    const servers = await obtaining?.catch(() => undefined)
    await servers?.stop()
  }
}
