/** Redis and Kafka in containers, by testcontainers: where a Docker engine answers and has the images or can pull them. */
import type { GenericContainer, StartedTestContainer } from 'testcontainers'
import { kafkaAnswers, redisAnswers } from './answer.ts'
import { findDockerEngine } from './docker-engine.ts'
import { freePort } from './free-port.ts'
import { CLUSTER_ID, serverProperties } from './kafka-properties.ts'
import { redisArgs } from './redis-settings.ts'
import type { Server } from './ways.ts'

export const REDIS_IMAGE = 'redis:7'
export const KAFKA_IMAGE = 'apache/kafka:4.1.1'

const REDIS_PORT = 6379
const KAFKA_PORT = 9092
const CONTROLLER_PORT = 9093
const ENGINE_TIMEOUT_MS = 10_000
const PULL_TIMEOUT_MS = 4 * 60_000
const START_TIMEOUT_MS = 60_000
const POLL_MS = 50

const within = async <T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${timeoutMs / 1000} s`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

interface Kind {
  readonly image: string
  /** Given the host under which containers of this engine are reached. */
  readonly configured: (container: GenericContainer, host: string) => Promise<GenericContainer>
  readonly port: number
  readonly answers: (address: { host: string; port: number }) => Promise<boolean>
  readonly addressOf: (hostAndPort: string) => string
}

const untilAnswers = async (kind: Kind, host: string, port: number): Promise<void> => {
  const deadlineMs = Date.now() + START_TIMEOUT_MS
  while (!(await kind.answers({ host, port }))) {
    if (Date.now() > deadlineMs) throw new Error(`a container of ${kind.image} started, but doesn't answer`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

const started = async (kind: Kind, print: (line: string) => void): Promise<Server> => {
  await findDockerEngine()
  // Loaded only now: it brings a client for Docker and more.
  const { GenericContainer, ImageName, getContainerRuntimeClient } = await import('testcontainers')
  const client = await within(getContainerRuntimeClient(), ENGINE_TIMEOUT_MS, 'finding the Docker engine')
  const image = ImageName.fromString(kind.image)
  if (!(await within(client.image.exists(image), ENGINE_TIMEOUT_MS, `looking for the image ${kind.image}`))) {
    print(`pulling the image ${kind.image}`)
    await within(client.image.pull(image), PULL_TIMEOUT_MS, `pulling the image ${kind.image}`)
  }
  const configured = await kind.configured(new GenericContainer(kind.image), client.info.containerRuntime.host)
  const starting = configured.withStartupTimeout(START_TIMEOUT_MS).start()
  let container: StartedTestContainer
  try {
    // The first start may have to pull testcontainers' own image, which removes containers whose process has died.
    container = await within(starting, PULL_TIMEOUT_MS, `starting a container of ${kind.image}`)
  } catch (error) {
    void starting.then(
      (late) => late.stop(),
      () => undefined,
    )
    throw error
  }
  const [host, port] = [container.getHost(), container.getMappedPort(kind.port)]
  try {
    await untilAnswers(kind, host, port)
  } catch (error) {
    await container.stop()
    throw error
  }
  return {
    address: kind.addressOf(`${host}:${port}`),
    description: kind.image,
    stop: async () => void (await container.stop()),
  }
}

const redis: Kind = {
  image: REDIS_IMAGE,
  configured: async (container) =>
    container.withExposedPorts(REDIS_PORT).withCommand(['redis-server', ...redisArgs({})]),
  port: REDIS_PORT,
  answers: redisAnswers,
  addressOf: (hostAndPort) => `redis://${hostAndPort}`,
}

/** `log.dirs` → `KAFKA_LOG_DIRS`, as the image reads its settings. */
export const kafkaEnvironment = (properties: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value]),
  )

const kafka: Kind = {
  image: KAFKA_IMAGE,
  // A broker tells its clients where to connect, so the port on the host must be known before it starts.
  configured: async (container, host) => {
    const port = await freePort()
    const properties = serverProperties({
      listener: { host: '0.0.0.0', port: KAFKA_PORT },
      advertised: { host, port },
      controllerPort: CONTROLLER_PORT,
      folder: '/tmp/kraft-combined-logs',
    })
    return container
      .withExposedPorts({ container: KAFKA_PORT, host: port })
      .withEnvironment({ ...kafkaEnvironment(properties), CLUSTER_ID, KAFKA_HEAP_OPTS: '-Xms128m -Xmx384m' })
  },
  port: KAFKA_PORT,
  answers: kafkaAnswers,
  addressOf: (hostAndPort) => hostAndPort,
}

/** Throws with the reason if the way can't be gone. */
export const redisInContainer = (print: (line: string) => void): Promise<Server> => started(redis, print)

export const kafkaInContainer = (print: (line: string) => void): Promise<Server> => started(kafka, print)
