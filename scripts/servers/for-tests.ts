/**
 * The one Redis and the one Kafka that all test files of a run share. Importing this is what asks for them: whoever does waits until
 * they are there, and fails with the reasons if they can't be had. Each test keeps to a system name of its own.
 */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { inject } from 'vitest'
import type { Answer } from './global-setup.ts'

const ask = async (): Promise<Exclude<Answer, { problem: string }>> => {
  const chunks: Buffer[] = []
  for await (const chunk of connect(inject('serversPort'), '127.0.0.1')) chunks.push(chunk as Buffer)
  const answer = JSON.parse(Buffer.concat(chunks).toString()) as Answer
  if ('problem' in answer) throw new Error(answer.problem)
  return answer
}

// While the file loads, not in a hook: the first time on a machine it takes a minute or two, and no hook may take that long.
const found = await ask()

/** Shared with all other test files; may be servers of the environment, so leave them as they are: don't flush, kill or configure. */
export const servers = (): { readonly redisUrl: string; readonly kafkaBrokers: readonly string[] } => found

/** A name that nobody else uses: prefix of keys in Redis and of topics in Kafka. */
export const uniqueSystem = (): string => `test-${randomBytes(6).toString('hex')}`
