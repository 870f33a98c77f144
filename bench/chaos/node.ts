/**
 * A node of the chaos run: the product's, with the run's own entities, told by its parent how its clock behaves, and, to
 * show that the run notices, with a guard switched off.
 */
import { ALL_GUARDS } from '../../runtime/config.ts'
import { errorText } from '../../runtime/fault.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { readEnvironment } from '../../system/environment.ts'
import { startSystem } from '../../system/system.ts'
import { chaosDefinitions } from './definitions.ts'
import { GUARD_VARIABLE, isGuard, type NodeOrder } from './node-orders.ts'
import { suspendableClock } from './suspended-clock.ts'

const report = (text: string, error?: unknown): void => {
  console.error(`${text}${error === undefined ? '' : `: ${errorText(error)}`}`)
}

const clock = suspendableClock(systemClock)
const without = process.env[GUARD_VARIABLE]
if (without !== undefined && !isGuard(without)) throw new Error(`${GUARD_VARIABLE}: there is no guard ${without}`)

// Whoever started it is gone: nobody would end it.
process.on('disconnect', () => process.exit(1))
process.on('message', (order: NodeOrder) => {
  clock.standStill(order.standsStill)
})
process.on('unhandledRejection', (error) => report('an error that nobody handled', error))

const running = await startSystem({
  settings: readEnvironment(process.env),
  report,
  clock,
  definitions: chaosDefinitions,
  runtime: { guards: { ...ALL_GUARDS, dedupe: without !== 'dedupe' } },
  ...(without === 'token' ? { tokenCheck: false } : {}),
})
console.log(`is up at ${running.url} `)
process.on('SIGTERM', () => {
  running.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      report('did not stop cleanly', error)
      process.exit(1)
    },
  )
})
