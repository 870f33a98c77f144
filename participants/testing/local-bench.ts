/**
 * What participants in the node's own process cost: `node participants/testing/local-bench.ts [loops]`. Loops of four elements on four
 * simulated participants are instantiated and set to run, as fast as they go; the other side is a counter.
 */
import { systemClock } from '../../runtime/system-clock.ts'
import { localHub } from '../link/local-link.ts'
import { type Concept, conceptText } from '../protocol/concept.ts'
import type { ElementOrder, Order } from '../protocol/conversation.ts'
import { startSimulatorParticipant } from '../simulator/simulator-participant.ts'

const LOOPS = Number(process.argv[2] ?? 10_000)
const IN_FLIGHT = 200
const concept = (name: string): Concept => ({ name, version: '1.0.0' })
const DEFINITION = concept('element')
const identities = [0, 1, 2, 3].map((index) => ({
  participantId: concept(`participant${index}`),
  participantType: concept(`type${index}`),
}))

let ids = 0
const head = (to: Order['to'] = {}) => ({ messageId: `order-${++ids}`, atMs: Date.now(), to })

interface Progress {
  readonly loop: Concept
  readonly elements: readonly ElementOrder[]
  passive: number
  running: number
}
const underWay = new Map<string, Progress>()
let begun = 0
let done = 0
let reports = 0

const hub = localHub({
  onReport: async (report) => {
    reports++
    if (report.type === 'register')
      hub.deliver({ ...head(identityOf(report)), type: 'registered', responseTo: report.messageId })
    if (report.type !== 'elements-changed') return
    const progress = underWay.get(conceptText(report.loop))
    if (!progress) return
    for (const { state } of report.results) {
      if (state === 'PASSIVE' && ++progress.passive === 4)
        hub.deliver({ ...head(), type: 'change-state', loop: progress.loop, orderedState: 'RUNNING' })
      if (state === 'RUNNING' && ++progress.running === 4) {
        underWay.delete(conceptText(progress.loop))
        done++
        next()
      }
    }
  },
})
const identityOf = ({ participantId, participantType }: (typeof identities)[number]) => ({
  participantId,
  participantType,
})

const next = (): void => {
  if (begun >= LOOPS) return
  const number = begun++
  const loop = concept(`loop${number}`)
  const elements = identities.map((identity, index) => ({
    elementId: `709c62b3-8918-41b9-a747-${(number * 4 + index).toString(16).padStart(12, '0')}`,
    definition: DEFINITION,
    ...identity,
    state: 'UNINITIALISED' as const,
    orderedState: 'PASSIVE' as const,
    properties: { size: number, text: 'some text' },
  }))
  underWay.set(conceptText(loop), { loop, elements, passive: 0, running: 0 })
  hub.deliver({
    ...head(),
    type: 'instantiate',
    loop,
    startPhase: 0,
    participants: elements.map((element) => ({ participantId: element.participantId, elements: [element] })),
  })
}

const participants = identities.map((identity) =>
  startSimulatorParticipant(hub.connect(identity), { identity, clock: systemClock }),
)
for (const { participantType } of identities)
  hub.deliver({
    ...head({ participantType }),
    type: 'define',
    participantType,
    elements: [{ definition: DEFINITION, nodeTemplate: { type: 'x', properties: {} }, commonProperties: {} }],
  })

const startedMs = performance.now()
const startedCpu = process.cpuUsage()
for (let count = 0; count < IN_FLIGHT; count++) next()
while (done < LOOPS) await new Promise((resolve) => setImmediate(resolve))
const tookMs = performance.now() - startedMs
const { user, system } = process.cpuUsage(startedCpu)
const operations = LOOPS * 8
console.log(
  `${LOOPS} loops, ${operations} operations in ${Math.round(tookMs)} ms: ${Math.round((LOOPS / tookMs) * 1000)} loops/s, ` +
    `${((user + system) / operations).toFixed(1)} µs of CPU per operation, ${reports} reports`,
)

const idleCpu = process.cpuUsage()
for (const identity of identities) hub.deliver({ ...head(identity), type: 'ask-status' })
await new Promise((resolve) => setTimeout(resolve, 1_000))
const told = process.cpuUsage(idleCpu)
console.log(`status of all of them: ${Math.round((told.user + told.system) / 1000)} ms of CPU`)
await Promise.race([
  Promise.all(participants.map((participant) => participant.close())),
  new Promise((resolve) => setTimeout(resolve, 100)),
])
process.exit(0)
