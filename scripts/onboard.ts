/** `npm run onboard`: brings a project folder into a running Homeostat's catalogue, and orders it if asked to. */
import { apiAt, ApiError } from '../console/api.ts'
import { onboardFolder, simulatedLocation } from '../console/onboard.ts'
import { orderAssembly } from '../console/order.ts'
import { readArguments, refuse } from './arguments.ts'

const USAGE = `npm run onboard -- FOLDER [--order NAME] [--descriptor NAME] [--state STATE] [--property name=value]...
                   [--location NAME] [--url URL]
  FOLDER             a project: a folder with lmproject.yml in it
  --order NAME       orders an assembly of this name, and shows its progress
  --descriptor NAME  which of the project's assembly descriptors (default: the last one, which holds the others)
  --state STATE      Active (default), Inactive or Installed
  --property n=v     a property of the order; may be repeated
  --location NAME    the deployment location that is made for it, on simulated infrastructure, if it isn't there
                     (default: the default of the descriptor's property deploymentLocation)
  --url URL          where Homeostat is (default: http://127.0.0.1:8080, or HOMEOSTAT_PORT)`

const { text, list, rest } = readArguments(
  { order: 'text', descriptor: 'text', state: 'text', property: 'list', location: 'text', url: 'text' },
  USAGE,
)
const [folder, ...more] = rest
if (folder === undefined || more.length > 0) refuse('one folder is needed', USAGE)

const properties = Object.fromEntries(
  list('property').map((pair) => {
    const at = pair.indexOf('=')
    return at > 0 ? [pair.slice(0, at), pair.slice(at + 1)] : refuse(`--property takes name=value, not ${pair}`, USAGE)
  }),
)
const api = apiAt(text('url') ?? `http://127.0.0.1:${process.env['HOMEOSTAT_PORT'] ?? '8080'}`)

try {
  const onboarded = await onboardFolder(api, folder ?? '')
  for (const { name, created } of onboarded.descriptors) console.log(`${created ? 'added' : 'replaced'}  ${name}`)
  for (const warning of onboarded.warnings) console.log(`warning: ${warning}`)
  const assemblyName = text('order')
  if (assemblyName !== undefined) {
    const assemblies = onboarded.descriptors.map(({ name }) => name).filter((name) => name.startsWith('assembly::'))
    const descriptorName = text('descriptor') ?? assemblies.at(-1)
    if (descriptorName === undefined) throw new Error(`${folder} has no assembly that could be ordered`)
    const location = text('location') ?? (await defaultLocation(descriptorName))
    if (location !== undefined) await simulatedLocation(api, location)
    if (text('location') !== undefined && location !== undefined) properties['deploymentLocation'] ??= location
    const intendedState = text('state') ?? 'Active'
    const status = await orderAssembly(api, { assemblyName, descriptorName, intendedState, properties }, console.log)
    process.exitCode = status === 'Completed' ? 0 : 1
  }
} catch (error) {
  console.error(error instanceof ApiError || error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

/** The default of `deploymentLocation`, if the descriptor has one. */
async function defaultLocation(descriptorName: string): Promise<string | undefined> {
  const response = await fetch(`${api.url}/api/catalog/descriptors/${encodeURIComponent(descriptorName)}`)
  const found = /^ {2}deploymentLocation:\s*\n(?: {4}.*\n)*? {4}default:\s*['"]?([\w.-]+)/m.exec(await response.text())
  return found?.[1]
}
