/** What the bench asks of the API of control loops. */
import { setTimeout as pause } from 'node:timers/promises'
import { Loss } from '../figures.ts'
import { httpCall } from './http-call.ts'
import { identifierOf, loopOf, type Phases, TEMPLATE } from './template.ts'

const BASE = '/onap/controlloop/v2'
const READY_DEADLINE_MS = 60_000
const POLL_MS = 50
const PAGE = 500

export interface LoopClient {
  /** Commissions the template of the bench, and waits until its participants have it. */
  commission(participants: number): Promise<void>
  create(names: readonly string[], phases: Phases): Promise<void>
  /** Resolves when they are accepted. */
  order(names: readonly string[], state: string): Promise<void>
  /** How many are in a state, as the list says. */
  count(state: string): Promise<number>
  alarms(): Promise<number>
  /** Of a counter among the metrics, over all its labels. */
  metric(name: string): Promise<number>
}

export const loopClient = (url: string): LoopClient => {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await httpCall(method, `${url}${path}`, text)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 500)}`)
    return answer.body === '' ? undefined : JSON.parse(answer.body)
  }
  /** All pages of a list. */
  const count = async (path: string, key: string): Promise<number> => {
    let total = 0
    for (let after: string | undefined = ''; after !== undefined;) {
      const page = (await call(
        'GET',
        `${path}&limit=${PAGE}${after && `&after=${encodeURIComponent(after)}`}`,
      )) as Record<string, unknown>
      total += (page[key] as unknown[]).length
      after = page['next'] as string | undefined
    }
    return total
  }
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const endMs = performance.now() + READY_DEADLINE_MS
    while (!(await holds().catch(() => false))) {
      if (performance.now() > endMs) throw new Error(`not within ${READY_DEADLINE_MS} ms: ${what}`)
      await pause(POLL_MS)
    }
  }
  return {
    commission: async (participants) => {
      await until('all participants are registered', async () => {
        const { participants: known } = (await call('GET', '/api/runtime/participants')) as { participants: unknown[] }
        return known.length === participants
      })
      await call('POST', `${BASE}/commission`, TEMPLATE)
    },
    create: async (names, phases) => {
      await call('POST', `${BASE}/instantiation`, { controlLoopList: names.map((name) => loopOf(name, phases)) })
    },
    order: async (names, orderedState) => {
      const controlLoopIdentifierList = names.map(identifierOf)
      await call('PUT', `${BASE}/instantiation/command`, { orderedState, controlLoopIdentifierList })
    },
    count: (state) => count(`/api/runtime/control-loops?state=${state}`, 'controlLoops'),
    alarms: () => count('/api/runtime/alarms?state=RAISED', 'alarms'),
    metric: async (name) => {
      const { body } = await httpCall('GET', `${url}/metrics`)
      const lines = body.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
    },
  }
}

/** @throws {Loss} */
export const checkLoops = async (client: LoopClient, state: string, expected: number): Promise<void> => {
  const found = await client.count(state)
  if (found !== expected) throw new Loss(`${found} of ${expected} control loops are ${state}`)
  const alarms = await client.alarms()
  if (alarms > 0) throw new Loss(`${alarms} alarms were raised`)
}
