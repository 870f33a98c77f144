/**
 * `npm run onboard -- FOLDER|FILE [--order NAME]`: brings a project into the catalogue, or the control loops of a TOSCA file, and
 * orders one.
 */
import { stat } from 'node:fs/promises'
import { type Api, apiAt } from '../console/api.ts'
import { commissionTemplate } from './onboard/template.ts'
import { onboardProject } from './onboard/project.ts'
import { readArguments, refuse } from './arguments.ts'

const USAGE = `npm run onboard -- FOLDER [options]    a project: a folder with lmproject.yml in it
npm run onboard -- FILE [options]      types of control loops: a TOSCA service template, YAML or JSON
  --order NAME       orders an assembly, or a control loop, of this name, and shows its progress
  --descriptor NAME  which of the project's assembly descriptors (default: the last one, which holds the others), or
                     which of the file's types of control loops (default: the only one)
  --state STATE      of an assembly: Active (default), Inactive or Installed; of a loop: RUNNING (default) or PASSIVE
  --property n=v     a property of the order of an assembly; may be repeated
  --location NAME    the deployment location that is made for an assembly, on simulated infrastructure, if it isn't there
                     (default: the default of the descriptor's property deploymentLocation)
  --url URL          where Homeostat is (default: http://127.0.0.1:8080, or HOMEOSTAT_PORT)`

const { text, list, rest } = readArguments(
  { order: 'text', descriptor: 'text', state: 'text', property: 'list', location: 'text', url: 'text' },
  USAGE,
)
const [path = '', ...more] = rest
if (path === '' || more.length > 0) refuse('one folder or file is needed', USAGE)

const properties = Object.fromEntries(
  list('property').map((pair) => {
    const at = pair.indexOf('=')
    return at > 0 ? [pair.slice(0, at), pair.slice(at + 1)] : refuse(`--property takes name=value, not ${pair}`, USAGE)
  }),
)
const location = text('location')

const onboard = async (api: Api): Promise<boolean> => {
  const order = { name: text('order'), descriptor: text('descriptor'), state: text('state') }
  const found = await stat(path).catch((cause: unknown) => {
    throw new Error(`${path} isn't there, or can't be read`, { cause })
  })
  if (found.isDirectory()) return onboardProject(api, path, { ...order, properties, location }, console.log)
  if (location !== undefined || list('property').length > 0)
    refuse('--location and --property are for assemblies; properties of a loop are in what instantiates it', USAGE)
  return commissionTemplate(api, path, order, console.log)
}

try {
  const api = apiAt(text('url') ?? `http://127.0.0.1:${process.env['HOMEOSTAT_PORT'] ?? '8080'}`)
  process.exitCode = (await onboard(api)) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
