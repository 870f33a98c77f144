/**
 * Is there a Docker engine that answers? Asked with one small request before testcontainers is loaded at all, so that a machine without
 * Docker loses no time.
 */
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import type { RequestOptions } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Absent } from './ways.ts'

/** Where there is something to ask at all; it may be busy. */
const ANSWER_TIMEOUT_MS = 3_000

/** Where testcontainers looks for a socket, in its order. */
const sockets = (env: NodeJS.ProcessEnv): readonly string[] => [
  '/var/run/docker.sock',
  ...(env['XDG_RUNTIME_DIR'] ? [join(env['XDG_RUNTIME_DIR'], 'docker.sock')] : []),
  join(homedir(), '.docker', 'run', 'docker.sock'),
  join(homedir(), '.docker', 'desktop', 'docker.sock'),
]

const answers = (options: RequestOptions, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = request({ ...options, path: '/_ping', timeout: timeoutMs }, (response) => {
      // Even a refusal (an engine behind TLS) is an engine: the rest is testcontainers' business.
      response.resume()
      resolve(true)
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('error', () => resolve(false))
    asked.end()
  })

const addressOf = (dockerHost: string): RequestOptions | undefined => {
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) }
  const url = URL.canParse(dockerHost) ? new URL(dockerHost) : undefined
  return url?.hostname ? { host: url.hostname, port: url.port || '2375' } : undefined
}

/** Throws with where it looked if none answers. */
export const findDockerEngine = async (env = process.env, timeoutMs = ANSWER_TIMEOUT_MS): Promise<void> => {
  const dockerHost = env['DOCKER_HOST']
  if (dockerHost) {
    const address = addressOf(dockerHost)
    if (address !== undefined && (await answers(address, timeoutMs))) return
    throw new Error(`DOCKER_HOST is ${dockerHost}, but no Docker engine answers there`)
  }
  // Its own file may name an engine anywhere; whether that answers, testcontainers finds out.
  if (existsSync(join(homedir(), '.testcontainers.properties'))) return
  const found = sockets(env).filter((socket) => existsSync(socket))
  if (found.length === 0)
    throw new Absent('no Docker engine: DOCKER_HOST is not set, and there is no socket in the usual places')
  for (const socketPath of found) if (await answers({ socketPath }, timeoutMs)) return
  throw new Error(`no Docker engine answers at ${found.join(', ')}`)
}
