/** A node of the bench: the product's, with the bench's entities and a route to its counters; tells its parent what it uses. */
import { z } from 'zod'
import { asking } from '../../gateway/asking.ts'
import { jsonBody } from '../../gateway/body.ts'
import { accepted } from '../../gateway/refusals.ts'
import { type App, refuseInvalid } from '../../gateway/routes.ts'
import type { RuntimeConfig } from '../../runtime/config.ts'
import { errorText } from '../../runtime/fault.ts'
import type { Node } from '../../runtime/node.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { readEnvironment } from '../../system/environment.ts'
import { startSystem } from '../../system/system.ts'
import { counterRef } from '../ledger.ts'
import { type ProfileSummary, startProfile } from '../profile.ts'
import { benchDefinitions } from './definitions.ts'
import {
  type MemberAnswers,
  type MemberReport,
  type MemberRequest,
  type MemberUse,
  RUNTIME_VARIABLE,
} from './member-orders.ts'

const report = (text: string, error?: unknown): void => {
  console.error(`${text}${error === undefined ? '' : `: ${errorText(error)}`}`)
}
const tell = (message: MemberReport): void => void process.send?.(message)

const settings = readEnvironment(process.env)
const added = z.object({ amount: z.number() })

/** As the routes of the API do it: bounded body, schema, ask with a deadline, refusal or fault as an answer. */
const counterRoute = (app: App, node: Node): void => {
  const { gateway: config } = settings
  const asks = asking({ client: node, clock: systemClock, config })
  app.post('/bench/counters/:id', jsonBody(config.bodyBytesMax), async (c) => {
    const body = added.safeParse(await c.req.json())
    if (!body.success) return refuseInvalid('json', body.error.issues)
    const command = { type: 'add', amount: body.data.amount }
    const reply = await asks.ask<number>({ kind: counterRef(0).kind, id: c.req.param('id') }, command)
    return c.json({ value: accepted(reply, 'rest') }, 200)
  })
}

const running = await startSystem({
  settings,
  report,
  definitions: benchDefinitions,
  routes: counterRoute,
  runtime: JSON.parse(process.env[RUNTIME_VARIABLE] ?? '{}') as Partial<RuntimeConfig>,
})

const { node } = running

const sampleOf = (name: string): number =>
  node.samples().find((sample) => sample.name === `homeostat_runtime_${name}`)?.value ?? 0

const use = (): MemberUse => {
  globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return {
    cpuSeconds: (user + system) / 1e6,
    rssBytes: rss,
    heapBytes: heapUsed + external,
    shards: node.shards,
    entitiesInMemory: sampleOf('entities_in_memory'),
    handled: sampleOf('messages_handled_total'),
    commits: sampleOf('commits_total'),
  }
}

let stopProfile: (() => Promise<ProfileSummary>) | undefined

const answer = async (question: MemberRequest['question']): Promise<MemberAnswers[typeof question]> => {
  switch (question) {
    case 'use':
      return use()
    case 'start-profile':
      stopProfile = await startProfile()
      return null
    case 'stop-profile':
      if (!stopProfile) throw new Error('no profile is being taken')
      return stopProfile()
  }
}

// Whoever started it is gone: nobody would end it.
process.on('disconnect', () => process.exit(1))
process.on('message', ({ number, question }: MemberRequest) => {
  void answer(question).then((value) => tell({ type: 'answer', number, value }))
})
process.on('unhandledRejection', (error) => report('an error that nobody handled', error))
process.on('SIGTERM', () => {
  running.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      report('did not stop cleanly', error)
      process.exit(1)
    },
  )
})
tell({ type: 'up', url: running.url })
