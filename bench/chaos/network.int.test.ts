import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ChaosNetwork, type NamespaceHandle, networkRefusal } from './network.ts'

const refusal = networkRefusal()
// Without root there are no namespaces; the chaos run itself then refuses with this reason, too.
const testHere = test.skipIf(refusal !== undefined)

let network: ChaosNetwork | undefined
let inside: NamespaceHandle
const servers: Server[] = []
const ports: number[] = []

beforeAll(async () => {
  if (refusal !== undefined) return console.log(`skipped: ${refusal}`)
  network = new ChaosNetwork()
  inside = network.add('tested')
  for (let count = 0; count < 2; count++) {
    const server = createServer((socket) => socket.end('here'))
    server.listen(0, network.address)
    await once(server, 'listening')
    servers.push(server)
    ports.push((server.address() as { port: number }).port)
  }
})
afterAll(() => {
  for (const server of servers) server.close()
  network?.close()
})

/** Whether a process inside reaches the port. */
const reaches = async (port: number | undefined): Promise<boolean> => {
  const script = `require('node:net').connect(${port}, '${network?.address}').on('data', () => process.exit(0)).on('error', () => process.exit(1)); setTimeout(() => process.exit(1), 700)`
  const [file = '', ...args] = inside.inside([process.execPath, '-e', script])
  const [code] = (await once(spawn(file, args, { stdio: 'inherit' }), 'exit')) as [number]
  return code === 0
}
const reached = async (): Promise<readonly boolean[]> => [await reaches(ports[0]), await reaches(ports[1])]

testHere('a namespace is cut off from one port, from all, and healed', async () => {
  expect(await reached()).toEqual([true, true])
  await inside.cut([ports[0] ?? 0])
  expect(await reached()).toEqual([false, true])
  await inside.heal()
  expect(await reached()).toEqual([true, true])
  await inside.unplug()
  expect(await reached()).toEqual([false, false])
  await inside.heal()
  expect(await reached()).toEqual([true, true])
})
