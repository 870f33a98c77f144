import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Kafka, logLevel } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../../runtime/testing/until.ts'
import { kafkaAnswers, redisAnswers } from './answer.ts'
import { startKafka, startRedis } from './own-for-tests.ts'

const DEADLINE_MS = 60_000

/** One command of Redis, as a person would type it; the first line of the answer, or two for a value. */
const redis = async (port: number, command: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.end(`${command}\r\n`)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer.trim()
}

/** Zombies don't count: in a container nobody may ever collect them. */
const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    const status = existsSync('/proc/self') ? readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '') : ''
    return !status.startsWith('Z')
  } catch {
    return false
  }
}

test('a Redis that is killed has its data when it comes back, on the same port', { timeout: DEADLINE_MS }, async () => {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const { port, pid, folder } = server
  expect(await redis(port, 'SET colour blue')).toBe('+OK')
  await server.kill()
  expect(runs(pid)).toBe(false)
  expect(await redisAnswers({ host: '127.0.0.1', port })).toBe(false)
  await server.restart()
  expect(server.pid).not.toBe(pid)
  expect(await redis(port, 'GET colour')).toBe('$4\r\nblue')
  await server.stop()
  expect(runs(server.pid)).toBe(false)
  expect(existsSync(folder)).toBe(false)
})

test('a Redis that is frozen does not answer until it is woken', { timeout: DEADLINE_MS }, async () => {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const address = { host: '127.0.0.1', port: server.port }
  await server.kill('SIGSTOP')
  expect(await redisAnswers(address, 200)).toBe(false)
  await server.kill('SIGCONT')
  await until(() => redisAnswers(address))
})

test('a Redis is set up as this system wants it, unless a test wants it broken', { timeout: DEADLINE_MS }, async () => {
  const [right, broken] = [await startRedis(), await startRedis({ settings: { appendonly: 'no' } })]
  onTestFinished(() => right.stop())
  onTestFinished(() => broken.stop())
  expect(await redis(right.port, 'CONFIG GET appendonly')).toContain('yes')
  expect(await redis(right.port, 'CONFIG GET maxmemory-policy')).toContain('noeviction')
  expect(await redis(broken.port, 'CONFIG GET appendonly')).toContain('no')
})

test('a Redis that cannot start says why, in its own words', { timeout: DEADLINE_MS }, async () => {
  await expect(startRedis({ settings: { 'maxmemory-policy': 'nonsense' } })).rejects.toThrow(/maxmemory-policy/)
})

test('a Kafka that is killed has its data when it comes back, on the same port', { timeout: DEADLINE_MS }, async () => {
  const server = await startKafka()
  onTestFinished(() => server.stop())
  const kafka = new Kafka({ brokers: [...server.brokers], logLevel: logLevel.NOTHING, clientId: 'test' })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'colours', numPartitions: 2 }] })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'colours', messages: [{ partition: 1, value: 'blue' }] })
  await Promise.all([producer.disconnect(), admin.disconnect()])

  await server.kill()
  expect(await kafkaAnswers({ host: server.host, port: server.port })).toBe(false)
  await server.restart()

  const consumer = kafka.consumer({ groupId: 'readers' })
  onTestFinished(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topic: 'colours', fromBeginning: true })
  const read: string[] = []
  await consumer.run({ eachMessage: async ({ message }) => void read.push(String(message.value)) })
  await until(() => read.includes('blue'), DEADLINE_MS)
})

test(
  'servers end, and their folders go, when the process that started them is killed',
  { timeout: DEADLINE_MS },
  async () => {
    const program = `
    const { startRedis } = await import(${JSON.stringify(import.meta.resolve('./redis.ts'))})
    const { startKafka } = await import(${JSON.stringify(import.meta.resolve('./kafka.ts'))})
    const servers = await Promise.all([startRedis(), startKafka(), startRedis()])
    await servers[2].kill() // this one is down when its starter dies
    console.log(JSON.stringify(servers.map(({ pid, folder }) => ({ pid, folder }))))
    setInterval(() => undefined, 1000)
  `
    const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void starter.kill('SIGKILL'))
    const [line] = (await once(starter.stdout, 'data')) as [Buffer]
    const started = JSON.parse(line.toString()) as { pid: number; folder: string }[]
    expect(started.map(({ pid }) => runs(pid))).toEqual([true, true, false])
    starter.kill('SIGKILL')
    await until(() => started.every(({ pid, folder }) => !runs(pid) && !existsSync(folder)))
  },
)
