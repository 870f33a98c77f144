/** The Lua scripts beside this file: each an atomic step. `redis-shared.lua` is put in front of all of them. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface RedisScript {
  readonly body: string
  readonly sha: string
}

const read = (name: string): string => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')

const SHEBANG_END = '\n'

/** The script's first line tells Redis what it does (`#!lua`, with `flags=no-writes` if it only reads); it stays first. */
const script = (...parts: readonly string[]): RedisScript => {
  const text = parts.map((part) => read(`redis-${part}`)).join('\n')
  const end = text.indexOf(SHEBANG_END) + 1
  const body = text.slice(0, end) + read('redis-shared') + text.slice(end)
  return { body, sha: createHash('sha1').update(body).digest('hex') }
}

export const SCRIPTS = {
  acquire: script('acquire'),
  commit: script('commit', 'commit-writes'),
  load: script('load'),
  timers: script('timers'),
  list: script('list'),
  history: script('history'),
  deadLetters: script('dead-letters'),
  counts: script('counts'),
  setUp: script('set-up'),
  changeProtocol: script('change-protocol'),
} as const
