/** The command line of a node: its settings come from the environment, what it does from its roles. */
import { welcome } from './console/welcome.ts'
import { errorText, isFault } from './runtime/fault.ts'
import { ConfigError, unknownVariables } from './runtime/settings.ts'
import type { RunningSystem } from './system/system.ts'
import { startSystem } from './system/system.ts'
import { isCluster, type NodeSettings, readEnvironment, SETTING_GROUPS } from './system/environment.ts'
import { ROLES } from './system/settings.ts'

const report = (text: string, error?: unknown): void => {
  console.error(`[homeostat] ${text}${error === undefined ? '' : `: ${errorText(error)}`}`)
}

const upText = ({ url, where, roles }: RunningSystem, tookMs: number): string =>
  `Homeostat is up at ${url} after ${Math.round(tookMs)} ms; data in ${where}` +
  (roles.length === ROLES.length ? '' : `; roles: ${roles.join(', ')}`)

/** A newcomer's node shows the example; a cluster only if it is told to. */
const showsExample = (settings: NodeSettings): boolean =>
  (settings.system.example ?? (isCluster(settings) ? 'off' : 'on')) === 'on'

const exitOn = (running: RunningSystem): { isStopping: () => boolean } => {
  let stopping: Promise<void> | undefined
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return
    console.log(`\n${signal}: stopping; what is under way goes on with the next start.`)
    stopping = running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        report('did not stop cleanly; nothing is lost, the next start goes on from what is stored', error)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  return { isStopping: () => stopping !== undefined }
}

const reportStartFailure = (error: unknown): void => {
  if (error instanceof ConfigError) for (const problem of error.problems) report(problem)
  else if (isFault(error, 'in-use')) report(`${error.message}: ${error.address}. Is another Homeostat running here?`)
  else if (isFault(error, 'partitions-differ'))
    report(
      `${error.address}${error.address && ': '}${error.message}; set HOMEOSTAT_SHARDS as it was when the system was set up, ` +
        'or choose another HOMEOSTAT_SYSTEM',
    )
  else if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    report(`the port is taken: ${error.message}. Choose another: HOMEOSTAT_PORT=8081 npm start`)
  else report('could not start', error)
}

try {
  const startedMs = performance.now()
  for (const line of unknownVariables('HOMEOSTAT_', Object.values(SETTING_GROUPS), process.env)) report(line)
  const settings = readEnvironment(process.env)
  const running = await startSystem({ settings, report })
  const { isStopping } = exitOn(running)
  // A promise that somebody forgot (a driver's, say) must not end the node: all that is kept is in the store.
  process.on('unhandledRejection', (error) => report('an error that nobody handled', error))
  console.log(upText(running, performance.now() - startedMs))
  if (showsExample(settings))
    await welcome({ url: running.url, print: (line) => console.log(line) }).catch((error: unknown) => {
      // Stopped in the middle: what it followed goes on with the next start.
      if (!isStopping()) report('the example could not be shown', error)
    })
} catch (error) {
  reportStartFailure(error)
  process.exit(1)
}
