import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findDockerEngine } from './docker-engine.ts'

const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-engine-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('DOCKER_HOST that leads nowhere is said, whatever it looks like', async () => {
  for (const host of ['unix:///nowhere/docker.sock', 'tcp://127.0.0.1:1', 'nonsense'])
    await expect(findDockerEngine({ DOCKER_HOST: host })).rejects.toThrow(
      `DOCKER_HOST is ${host}, but no Docker engine`,
    )
})

test('an engine that answers is found, even if it refuses', () =>
  inFolder(async (folder) => {
    const socket = join(folder, 'docker.sock')
    const paths: (string | undefined)[] = []
    const engine = createServer((request, response) => {
      paths.push(request.url)
      response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.')
    })
    await once(engine.listen(socket), 'listening')
    await findDockerEngine({ DOCKER_HOST: `unix://${socket}` })
    expect(paths).toEqual(['/_ping'])
    engine.close()
  }))

test('an engine that hangs is given up soon', () =>
  inFolder(async (folder) => {
    const socket = join(folder, 'docker.sock')
    const engine = createServer(() => undefined)
    await once(engine.listen(socket), 'listening')
    await expect(findDockerEngine({ DOCKER_HOST: `unix://${socket}` }, 50)).rejects.toThrow(
      'no Docker engine answers there',
    )
    engine.closeAllConnections()
    engine.close()
  }))
