/** Servers that somebody else runs: `REDIS_URL` and `KAFKA_BROKERS`. */
import { kafkaAnswers, redisAnswers } from './answer.ts'
import type { Address } from './answer.ts'
import { FinalProblem } from './ways.ts'
import type { Server } from './ways.ts'

const ANSWER_TIMEOUT_MS = 5_000
const REDIS_PORT = 6379
const KAFKA_PORT = 9092

const parts = (value: string): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** `redis://user:password@host:port/0`, several separated by commas (a cluster). Throws if one isn't such a URL. */
export const redisAddresses = (value: string): readonly Address[] =>
  parts(value).map((part) => {
    const url = URL.canParse(part) ? new URL(part) : undefined
    if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '')
      throw new FinalProblem(`REDIS_URL must look like redis://host:port`)
    return { host: url.hostname, port: Number(url.port || REDIS_PORT), tls: url.protocol === 'rediss:' }
  })

/** `host:port`, several separated by commas. */
export const kafkaAddresses = (value: string): readonly Address[] =>
  parts(value).map((part) => {
    const match = /^(.+?)(?::(\d+))?$/.exec(part)
    return { host: match?.[1] ?? part, port: Number(match?.[2] ?? KAFKA_PORT) }
  })

const shown = (addresses: readonly Address[]): string => addresses.map(({ host, port }) => `${host}:${port}`).join(', ')

/** One of several is enough: clients find the others. */
const given = async (
  variable: string,
  addressesOf: (value: string) => readonly Address[],
  answers: (address: Address, timeoutMs: number) => Promise<boolean>,
): Promise<Server | undefined> => {
  const value = process.env[variable]
  if (value === undefined || value === '') return undefined
  const addresses = addressesOf(value)
  const answered = await Promise.all(addresses.map((address) => answers(address, ANSWER_TIMEOUT_MS)))
  if (!answered.includes(true))
    throw new FinalProblem(`${variable} is set, but nothing that fits answers at ${shown(addresses)}`)
  return { address: value, description: variable, stop: () => Promise.resolve() }
}

export const redisOfEnvironment = (): Promise<Server | undefined> => given('REDIS_URL', redisAddresses, redisAnswers)

export const kafkaOfEnvironment = (): Promise<Server | undefined> =>
  given('KAFKA_BROKERS', kafkaAddresses, kafkaAnswers)
